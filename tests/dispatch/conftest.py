"""Programs that end with their test."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from linda_core import registry
from linda_core.clock import ManualClock
from tests.dispatch.program import Program

MakeProgram = Callable[..., Program]


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
def program() -> Iterator[MakeProgram]:
    """`program(concurrency=3)`: settings as keywords, a clock as the argument."""
    made: list[Program] = []

    def make(*args: Any, **settings: Any) -> Program:
        made.append(Program(*args, **settings))
        return made[-1]

    yield make
    for one in made:
        if one.runs:
            one.stop()
        one.app.close()
        one.broker.close()


@pytest.fixture(autouse=True)
def registered(monkeypatch: pytest.MonkeyPatch) -> None:
    """What a test registers is gone after it."""
    monkeypatch.setattr(registry, "_registered", dict(registry._registered))
