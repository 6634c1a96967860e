"""Which jobs are new is known without asking, and never wrongly."""

import signal

import pytest

from linda_beanstalk.connection import Connection
from linda_beanstalk.handout import hand_out, haul
from linda_beanstalk.tops import HIGHEST, Top
from linda_core import Broker, Job, new_broker
from tests.adapters.beanstalk.conftest import Connect
from tests.conftest import PrivateServer
from tests.servers.beanstalkd import beanstalkd
from tests.servers.local import LocalServer


def test_new_jobs_are_not_asked_for(broker: Broker, queue: str, foreign: Connect, connection: Connection) -> None:
    broker.push_many([Job("New") for _ in range(50)], queue)
    before = foreign().stats()["cmd-stats-job"]

    handed = hand_out(connection, haul(connection, [queue], 50, None), 60, 60)

    assert [job.attempts for job in handed] == [1] * 50
    assert foreign().stats()["cmd-stats-job"] == before


def test_old_and_new_jobs_come_in_one_batch(broker: Broker, other: Broker, queue: str) -> None:
    broker.push_many([Job("Had") for _ in range(50)], queue)
    jobs = broker.pop_many(queue, 60, 50)
    broker.delete_many(queue, jobs[:30])
    broker.release_many(queue, jobs[30:])
    broker.push(Job("New"), queue)

    again = other.pop_many(queue, 60, 50)

    assert [(job.name, job.attempts) for job in again] == [("Had", 2)] * 20 + [("New", 1)]
    other.delete_many(queue, again)


def test_a_job_that_waited_while_later_ones_went_is_on_its_first_attempt(broker: Broker, queue: str) -> None:
    broker.push(Job("Less urgent"), queue, priority=10)
    broker.push(Job("Urgent"), queue, priority=1)

    jobs = [broker.pop(queue, 60) for _ in range(2)]

    assert [(job.name, job.attempts) for job in jobs if job] == [("Urgent", 1), ("Less urgent", 1)]


def test_of_many_records_the_highest_counts(broker: Broker, queue: str, foreign: Connect) -> None:
    for height in (1, 2):
        foreign(f"$top;{queue}").put(b"%d" % height, priority=HIGHEST - height)
    broker.push(Job("Had"), queue)
    for attempt in (1, 2):
        job = broker.pop(queue, 60)
        assert job
        assert job.attempts == attempt
        broker.release(queue, job)


def test_of_two_who_write_at_once_the_higher_one_leaves_its_record(
    broker: Broker, queue: str, foreign: Connect, connection: Connection
) -> None:
    broker.push(Job("New"), queue)
    hauls = haul(connection, [queue], 1, None)
    client = foreign(f"$top;{queue}")
    higher = client.put(b"4000000000", priority=HIGHEST - 4_000_000_000)

    assert hand_out(connection, hauls, 60, 60)
    connection.hold(())
    connection.facts([higher])

    assert client.peek_ready().id == higher
    assert client.stats_tube(f"$top;{queue}")["current-jobs-ready"] == 1


def test_one_record_of_a_queue_is_left(broker: Broker, queue: str, foreign: Connect) -> None:
    for _ in range(3):
        broker.push(Job("New"), queue)
        assert broker.pop(queue, 0)

    assert foreign().stats_tube(f"$top;{queue}")["current-jobs-ready"] == 1


def test_a_server_that_drains_takes_no_record_and_attempts_are_right(private_server: PrivateServer) -> None:
    server = private_server(beanstalkd())
    assert isinstance(server, LocalServer)
    with new_broker(server.url) as broker:
        broker.push(Job("Had"), "q")
        server.programs[0].signal(signal.SIGUSR1)
        for attempt in (1, 2, 3):
            job = broker.pop("q", 60)
            assert job
            assert job.attempts == attempt
            broker.release("q", job)


@pytest.mark.parametrize(("job", "new"), [(7, False), (8, True), (HIGHEST, True), (HIGHEST + 1, False)])
def test_a_job_is_new_above_the_top_as_far_as_a_priority_can_say(job: int, *, new: bool) -> None:
    assert Top(1, 7).below(job) is new
