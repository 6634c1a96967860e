"""Drivers with one planted bug each, and the tests of the kit that must find it."""

from collections.abc import Mapping, Sequence
from types import ModuleType
from typing import Any

from linda_core.driver import Driver
from tests.kit.broken import crashing, cut, declaring, delays, fencing, keeping, leases, operating, waiting

Bug = type[Driver[Any]]


def caught_by(bug: Bug) -> set[str]:
    """The tests that must find it."""
    tests: set[str] = vars(bug)["caught_by"]
    return tests


def _bugs(*modules: ModuleType) -> Sequence[Bug]:
    kinds = [kind for module in modules for kind in vars(module).values() if isinstance(kind, type)]
    return [kind for kind in kinds if issubclass(kind, Driver) and "caught_by" in vars(kind)]


#: By what they are made of.
BUGS: Mapping[str, Sequence[Bug]] = {
    "memory": _bugs(leases, fencing, delays, keeping, waiting, operating, declaring),
    "sqlite": _bugs(crashing),
    "redis": _bugs(cut),
}
