"""What a broker says of itself, as plain data: for reports and for the table of all brokers."""

import dataclasses
import math
from typing import Any

from linda_core.capabilities import Capabilities, Limits
from linda_core.driver import ABILITIES, Driver

Facts = dict[str, Any]


def declared_by(driver: Driver[Any] | type[Driver[Any]]) -> Facts:
    """The declarations of a driver's class, or of one that has read its server's limits."""
    kind = driver if isinstance(driver, type) else type(driver)
    return {
        "abilities": [ability.__name__ for ability in ABILITIES if issubclass(kind, ability)],
        "capabilities": _plain(driver.capabilities),
        "limits": _plain(driver.limits),
    }


def _plain(declared: Capabilities | Limits) -> dict[str, Any]:
    """With None for "no limit", and sets as sorted lists."""
    return {field.name: _value(getattr(declared, field.name)) for field in dataclasses.fields(declared)}


def _value(value: Any) -> Any:
    if isinstance(value, frozenset):
        return sorted(str(member) for member in value)  # pyright: ignore[reportUnknownVariableType,reportUnknownArgumentType]
    if isinstance(value, float) and math.isinf(value):
        return None
    return value if isinstance(value, bool | int | float) else str(value)
