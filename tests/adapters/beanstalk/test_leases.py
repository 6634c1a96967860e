"""Leases shorter than the TTR, of which the server does not know: they end where the holder is frozen, too."""

from time import monotonic

import pytest

from linda_beanstalk.connection import Connection
from linda_beanstalk.reservation import Reservation
from linda_core import Broker, Job
from tests.adapters.beanstalk.conftest import Connect, hold
from tests.servers.server import Server

#: Seconds that a frozen holder's job may come late: whole seconds on the server, and the round of those who look.
LATE = 5


@pytest.fixture
def url(beanstalkd_server: Server) -> str:
    """As shipped: the TTR is longer than every lease here."""
    return beanstalkd_server.url


def test_a_batch_comes_back_after_its_lease_and_not_before(
    broker: Broker, other: Broker, queue: str, connection: Connection
) -> None:
    jobs = [Job("Held") for _ in range(200)]
    broker.push_many(jobs, queue)
    start = monotonic()
    held = hold(connection, queue, 2)

    back = [other.pop(queue, 60, wait=2 + LATE), *other.pop_many(queue, 60, 200)]

    assert monotonic() - start >= 2
    assert sorted(job.id for job in back if job) == sorted(job.id for job in jobs)
    assert {job.attempts for job in back if job} == {2}
    assert _delete(connection, queue, held) == 0, "a late hand has deleted a job that somebody else has"
    other.delete_many(queue, [job for job in back if job])
    connection.close()
    assert other.pop(queue, 60, wait=0.5) is None, "the originals came back, and were not dropped"
    assert other.counts(queue) == (0, 0, 0, 0)


def test_a_longer_ttr_of_another_program_does_not_keep_it(
    other: Broker, queue: str, connection: Connection, foreign: Connect
) -> None:
    foreign().put(b'{"payload": {"class": "Foreign"}}', ttr=3600)
    assert hold(connection, queue, 1)

    back = other.pop(queue, 60, wait=1 + LATE)

    assert back
    assert back.attempts == 2


def test_touches_that_repeat_the_lease_keep_it(
    broker: Broker, other: Broker, queue: str, connection: Connection
) -> None:
    broker.push(Job("Held"), queue)
    held = hold(connection, queue, 2)
    for _ in range(LATE):
        assert other.pop(queue, 60, wait=1) is None
        assert len(connection.renew(queue, held, 2)) == 1

    assert _delete(connection, queue, held) == 1


@pytest.mark.parametrize("attempt", [1, 2])
def test_a_touch_for_longer_keeps_it_longer(
    broker: Broker, other: Broker, queue: str, connection: Connection, attempt: int
) -> None:
    broker.push_many([Job("Held"), Job("Forgotten")], queue)
    for _ in range(attempt - 1):
        broker.release_many(queue, broker.pop_many(queue, 60, 2))
    longer, _ = hold(connection, queue, 1)
    connection.renew(queue, [longer], 600)

    back = other.pop(queue, 60, wait=1 + LATE)

    assert back
    assert (back.name, back.attempts) == ("Forgotten", attempt + 1)
    assert other.pop(queue, 60, wait=LATE) is None
    assert _delete(connection, queue, [longer]) == 1


def test_a_touch_for_shorter_keeps_it_shorter(
    broker: Broker, other: Broker, queue: str, connection: Connection
) -> None:
    broker.push(Job("Held"), queue)
    connection.renew(queue, hold(connection, queue, 600), 1)

    assert other.pop(queue, 60, wait=1 + LATE)


def test_the_guard_of_one_hand_out_does_not_end_the_next(
    broker: Broker, other: Broker, queue: str, connection: Connection
) -> None:
    broker.push_many([Job("Handed on"), Job("Forgotten")], queue)
    handed_on, _ = hold(connection, queue, 1)
    connection.give_back(queue, connection.known([handed_on]))
    job = broker.pop(queue, 600)

    back = other.pop(queue, 60, wait=1 + LATE)

    assert job
    assert back
    assert (job.name, back.name) == ("Handed on", "Forgotten")
    assert other.pop(queue, 60, wait=1) is None
    broker.delete(queue, job)


def test_what_was_purged_meanwhile_is_not_brought_back(
    broker: Broker, other: Broker, queue: str, connection: Connection
) -> None:
    broker.push(Job("Held"), queue)
    assert hold(connection, queue, 1)
    broker.purge(queue)

    assert other.pop(queue, 60, wait=1 + LATE) is None


def _delete(connection: Connection, queue: str, held: list[Reservation]) -> int:
    return len(connection.settle(queue, held, lambda each: b"delete %d\r\n" % each.id, b"DELETED"))
