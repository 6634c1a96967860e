"""A file of its own for each test, in the machine's time or in time moved by hand."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from linda_core.broker import Broker, new_broker
from linda_core.brokers.sqlite import SqliteDriver
from linda_core.clock import SYSTEM_CLOCK, Clock, ManualClock

Connect = Callable[..., Broker]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "linda.db"


@pytest.fixture
def url(path: Path) -> str:
    return f"sqlite:///{path}"


@pytest.fixture
def connect(url: str) -> Iterator[Connect]:
    """`connect()` or `connect(clock)`: one more Broker on the file."""
    with ExitStack() as brokers:

        def connect(clock: Clock = SYSTEM_CLOCK) -> Broker:
            return brokers.enter_context(new_broker(url, clock=clock))

        yield connect


@pytest.fixture
def broker(connect: Connect) -> Broker:
    return connect()


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


def driver_of(broker: Broker) -> SqliteDriver:
    """The driver inside, for what only it knows."""
    driver = broker._link.driver
    assert isinstance(driver, SqliteDriver)
    return driver
