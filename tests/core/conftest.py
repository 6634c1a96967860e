"""A broker in memory whose time stands still until a test moves it."""

from collections.abc import Iterator

import pytest
from hypothesis import settings

from linda_core import registry
from linda_core.broker import Broker
from linda_core.clock import ManualClock

settings.register_profile("linda", deadline=None)  # how long an example takes says more about the machine
settings.load_profile("linda")


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
def broker(clock: ManualClock) -> Iterator[Broker]:
    with Broker("memory://", clock=clock) as broker:
        yield broker


@pytest.fixture(autouse=True)
def registered(monkeypatch: pytest.MonkeyPatch) -> None:
    """What a test registers is gone after it."""
    monkeypatch.setattr(registry, "_registered", dict(registry._registered))
