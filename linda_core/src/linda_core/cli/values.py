"""What people type, made into values."""

import json
import re
from typing import Any, NoReturn

import click

_UNITS = {"": 1, "ms": 0.001, "s": 1, "m": 60, "h": 3600, "d": 86400}


def duration(text: str) -> float:
    """Seconds, from a number of them, or from a number with a unit: 90, 1.5, 250ms, 5m, 2h, 1d."""
    match = re.fullmatch(r"(\d+(?:\.\d+)?)(ms|[smhd]|)", text)
    if match is None:
        raise click.BadParameter(f"{text!r} is not a duration; write seconds, or 250ms, 5m, 2h, 1d")
    return float(match[1]) * _UNITS[match[2]]


def value(text: str) -> Any:
    """A JSON value; what is not JSON is text. Quotes make text of what looks like JSON: '"5"'."""
    try:
        return json.loads(text, parse_constant=_refuse)
    except (ValueError, RecursionError):
        return text


def named(text: str) -> tuple[str, Any]:
    """NAME=VALUE, where the value is as above."""
    name, equals, content = text.partition("=")
    if not (name and equals):
        raise click.BadParameter(f"{text!r} is not NAME=VALUE")
    return name, value(content)


def _refuse(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is not JSON")
