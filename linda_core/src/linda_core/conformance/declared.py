"""Which tests apply to a broker: what it declares decides, and a test that is left out says which declaration did."""

from collections.abc import Callable
from dataclasses import dataclass
from math import inf
from typing import Any

import pytest

from linda_core.broker import Broker

MARK = "linda_declared"


@dataclass(frozen=True)
class Condition:
    """`declaration(broker)` says what was declared, as text, where that keeps the test from applying; else ""."""

    obstacle: Callable[[Broker], str]


def requires(*abilities: type[Any], **facts: object) -> pytest.MarkDecorator:
    """The test applies where the broker has all `abilities`, and each fact has the value, or one of the values."""
    return _mark(lambda broker: _missing(broker, abilities) or _otherwise(broker, facts))


def lacks(*abilities: type[Any], **facts: object) -> pytest.MarkDecorator:
    """The opposite: the test is about what happens where the broker does not declare these."""
    return _mark(
        lambda broker: (
            "" if _missing(broker, abilities) or _otherwise(broker, facts) else "declared: " + _named(abilities, facts)
        )
    )


def bounded(limit: str) -> pytest.MarkDecorator:
    """The test applies where the broker declares a number for `limit`."""
    return _mark(lambda broker: f"declared: {limit} has no limit" if getattr(broker.limits, limit) == inf else "")


def obstacle(item: pytest.Item, broker: Broker) -> str:
    """The declaration that keeps a test from applying to `broker`; "" where it applies."""
    for mark in item.iter_markers(MARK):
        condition: Condition = mark.args[0]
        if reason := condition.obstacle(broker):
            return reason
    return ""


def _mark(find: Callable[[Broker], str]) -> pytest.MarkDecorator:
    return getattr(pytest.mark, MARK).with_args(Condition(find))  # type: ignore[no-any-return]


def _missing(broker: Broker, abilities: tuple[type[Any], ...]) -> str:
    missing = [ability.__name__ for ability in abilities if not broker.supports(ability)]
    return f"not declared: {', '.join(missing)}" if missing else ""


def _otherwise(broker: Broker, facts: dict[str, object]) -> str:
    for name, wanted in facts.items():
        declared = getattr(broker.capabilities, name)
        if declared not in (wanted if isinstance(wanted, tuple) else (wanted,)):
            return f"declared: {name}={declared}"
    return ""


def _named(abilities: tuple[type[Any], ...], facts: dict[str, object]) -> str:
    return ", ".join([ability.__name__ for ability in abilities] + [f"{name}={value}" for name, value in facts.items()])
