"""Priority and TTR of a job are learned when they matter, and not before."""

from linda_beanstalk.connection import Connection
from linda_beanstalk.handout import haul
from linda_core import Broker, Job
from linda_core.clock import ManualClock
from tests.adapters.beanstalk.conftest import Connect, hold, take_over


def test_a_job_that_nobody_looked_after_is_ours_for_as_long_as_its_ttr(
    queue: str, foreign: Connect, connection: Connection, clock: ManualClock
) -> None:
    client = foreign()
    kept, over = client.put(b"", ttr=600), client.put(b"", ttr=60)
    reservations = hold(connection, queue, 600)
    clock.advance(61)  # here; on the server it is the same moment

    settled = connection.settle(queue, reservations, lambda each: b"delete %d\r\n" % each.id, b"DELETED")

    assert [reservation.id for reservation in settled] == [kept]
    assert client.stats_job(over)["state"] == "reserved", "a late hand has touched it"


def test_what_is_due_is_learned_and_touched_in_time(
    queue: str, foreign: Connect, connection: Connection, clock: ManualClock
) -> None:
    foreign().put(b"", priority=7, ttr=60)
    (reservation,) = hold(connection, queue, 600)
    clock.advance(0.5)

    soon = connection.keep()

    assert (reservation.priority, reservation.ttr) == (7, 60)
    assert soon == clock.monotonic() - 0.5 + 20
    connection.delete_all([reservation.id])


def test_a_released_job_keeps_its_priority(broker: Broker, queue: str, foreign: Connect) -> None:
    client = foreign()
    for delay in (0, 1):
        broker.push(Job("Urgent"), queue, priority=7)
        job = broker.pop(queue, 60)
        assert job
        broker.release_many(queue, [job], delay=delay)
        seen = client.peek_delayed() if delay else client.peek_ready()
        assert client.stats_job(seen)["pri"] == 7
        client.delete(seen)


def test_a_job_that_came_and_went_while_nobody_looked_is_not_handed_out(
    queue: str, foreign: Connect, connection: Connection
) -> None:
    client = foreign()
    client.put(b"", ttr=1)
    connection.watch_only([queue])
    came = connection.wait_for_job(1)
    assert came
    assert take_over(client, connection).id == came.id

    (nothing,) = haul(connection, [queue], 1, came)

    assert nothing.jobs == {}
