"""What people type."""

from typing import Any

import click
import pytest

from linda_core.cli import values


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("90", 90), ("1.5", 1.5), ("250ms", 0.25), ("90s", 90), ("5m", 300), ("2h", 7200), ("1d", 86400), ("0", 0)],
)
def test_a_duration_is_seconds_or_a_number_with_a_unit(text: str, seconds: float) -> None:
    assert values.duration(text) == seconds


@pytest.mark.parametrize("text", ["", "soon", "5 minutes", "1w", "-5", "1e3", ".5", "inf", "5M"])
def test_anything_else_is_none(text: str) -> None:
    with pytest.raises(click.BadParameter, match="is not a duration; write seconds, or 250ms"):
        values.duration(text)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("5", 5),
        ("-1.5e3", -1500.0),
        ("true", True),
        ("null", None),
        ('["a", {}]', ["a", {}]),
        ('"5"', "5"),
        ("five", "five"),
        ("", ""),
        ("0800", "0800"),
        ("{not: json}", "{not: json}"),
        ("NaN", "NaN"),
        ("Infinity", "Infinity"),
        ("[" * 100_000, "[" * 100_000),
    ],
    ids=lambda value: repr(value)[:20],
)
def test_what_is_not_json_is_text(text: str, value: Any) -> None:
    assert values.value(text) == value


def test_a_named_argument_may_hold_anything_but_needs_a_name() -> None:
    assert values.named("a=b=5") == ("a", "b=5")
    assert values.named("a=5") == ("a", 5)
    assert values.named("a=") == ("a", "")
    with pytest.raises(click.BadParameter):
        values.named("=5")
