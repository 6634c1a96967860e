"""A connection is one thread's, or of those who settle what it holds: never of both."""

from collections.abc import Iterator

import pytest

from linda_beanstalk.connection import Connection
from linda_beanstalk.pool import Pool
from linda_core import Broker, Job
from linda_core.clock import ManualClock
from tests.adapters.beanstalk.conftest import connection_at, hold


@pytest.fixture
def pool(url: str) -> Iterator[Pool]:
    pool = Pool(lambda: connection_at(url, ManualClock()))
    yield pool
    pool.close()


@pytest.fixture
def holder(pool: Pool, broker: Broker, queue: str) -> Connection:
    """It holds one job."""
    broker.push(Job("Held"), queue)
    with pool.lend() as connection:
        assert hold(connection, queue, 60)
    return connection


def test_it_is_not_lent_while_anybody_is_still_using_it(pool: Pool, holder: Connection, queue: str) -> None:
    with pool.using(holder) as first:
        with pool.using(holder) as second:
            _settle(holder, queue)
        with pool.lend() as other:
            assert other is not holder
        assert first
        assert second

    with pool.lend() as again:
        assert again is holder


def test_who_comes_late_does_not_use_it(pool: Pool, holder: Connection, queue: str) -> None:
    with pool.using(holder):
        _settle(holder, queue)

    with pool.using(holder) as holds:
        assert not holds


def test_it_does_not_come_back_when_it_broke_in_another_s_hands(pool: Pool, holder: Connection) -> None:
    with pool.using(holder), pytest.raises(ConnectionError), pool.using(holder):
        raise ConnectionError

    with pool.lend() as other:
        assert other is not holder


def _settle(connection: Connection, queue: str) -> None:
    held = list(connection.held.values())
    assert connection.settle(queue, held, lambda each: b"delete %d\r\n" % each.id, b"DELETED") == set(held)
