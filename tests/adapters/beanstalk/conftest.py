"""Brokers on a real beanstalkd, and a way past them to the server: greenstalk, as other programs use it."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack

import greenstalk
import pytest

from linda_beanstalk.connection import Connection
from linda_beanstalk.handout import hand_out, haul
from linda_beanstalk.reservation import Reservation
from linda_core import Broker, new_broker
from linda_core.clock import Clock, ManualClock
from linda_core.url import BrokerURL
from tests.servers.server import Server

#: Connects greenstalk to the server; it uses and watches one tube, by default that of the test's queue.
Connect = Callable[..., "greenstalk.Client[bytes]"]


@pytest.fixture
def url(beanstalkd_server: Server) -> str:
    return f"{beanstalkd_server.url}?ttr=1"


@pytest.fixture
def other(url: str) -> Iterator[Broker]:
    with new_broker(url) as broker:
        yield broker


@pytest.fixture
def foreign(url: str, queue: str) -> Iterator[Connect]:
    with ExitStack() as clients:

        def connect(tube: str = queue) -> "greenstalk.Client[bytes]":
            return clients.enter_context(client_at(url, tube))

        yield connect


@pytest.fixture
def clock() -> ManualClock:
    """What a connection goes by; its server has a clock of its own."""
    return ManualClock()


@pytest.fixture
def connection(url: str, clock: ManualClock) -> Iterator[Connection]:
    """One of ours, which nobody looks after."""
    connection = connection_at(url, clock)
    yield connection
    connection.close()


def connection_at(url: str, clock: Clock) -> Connection:
    parsed = BrokerURL.parse(url)
    assert parsed.host
    assert parsed.port
    return Connection(parsed.host, parsed.port, 10, clock)


def client_at(url: str, tube: str) -> "greenstalk.Client[bytes]":
    parsed = BrokerURL.parse(url)
    assert parsed.host
    assert parsed.port
    return greenstalk.Client((parsed.host, parsed.port), encoding=None, use=tube, watch=tube)


def hold(connection: Connection, queue: str, lease: int, ttr: int = 60) -> list[Reservation]:
    """What a Broker would take. Nobody looks after it, as if the process were frozen."""
    since = connection.clock.monotonic()
    handed = hand_out(connection, haul(connection, [queue], 200, None), lease, ttr)
    held = [Reservation(connection, queue, job.id, job.attempts, since, since + lease, lease) for job in handed]
    connection.hold(held)
    return held


def take_over(client: "greenstalk.Client[bytes]", holder: Connection) -> "greenstalk.Job[bytes]":
    """Reserve the job whose TTR ends in another's hands. A word of theirs brings back a lost timer: `guards`."""
    while True:
        try:
            return client.reserve(timeout=2)
        except greenstalk.TimedOutError:
            holder.facts([0])
