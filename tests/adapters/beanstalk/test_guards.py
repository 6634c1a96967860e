"""Reservations that beanstalkd forgets to end, brought about at will; see `linda_beanstalk.guards`."""

import json
from time import sleep

import greenstalk
import pytest

from linda_beanstalk.connection import Connection
from linda_beanstalk.guards import patrol
from linda_core import Broker, Job
from tests.adapters.beanstalk.conftest import Connect
from tests.conftest import PrivateServer
from tests.servers.beanstalkd import beanstalkd


@pytest.fixture
def url(private_server: PrivateServer) -> str:
    """Nobody else's guards are there."""
    return f"{private_server(beanstalkd()).url}?ttr=1"


def test_a_job_that_its_server_never_gives_back_is_replaced(broker: Broker, queue: str, foreign: Connect) -> None:
    client, stuck = _stuck(broker, queue, foreign)

    back = broker.pop(queue, 60, wait=30)

    assert back
    assert (back.id, list(back.args)) == ("mine", ["é"])
    assert back.attempts == 3, "handed out, forgotten by another program, and handed out again"
    told = client.stats_job(stuck)
    assert (told["state"], told["time-left"] < 0) == ("reserved", True), "the test has not brought it about"

    client.close()
    broker.delete(queue, back)
    assert broker.pop(queue, 60, wait=0.5) is None, "the original came back, and was not dropped"
    assert broker.counts(queue) == (0, 0, 0, 0)


def test_the_mark_forgets_jobs_that_are_gone(broker: Broker, queue: str, foreign: Connect) -> None:
    for _ in range(2):
        client, _ = _stuck(broker, queue, foreign)
        back = broker.pop(queue, 60, wait=30)
        assert back
        client.close()
        broker.delete(queue, back)
        assert broker.pop(queue, 60, wait=0.5) is None

    mark = foreign(f"$mark;{queue}").peek_ready()

    assert len(mark.body.split()) == 2, "the id that it begins with, and the second job"


def test_a_guard_is_posted_with_each_batch_and_goes_with_it(broker: Broker, queue: str, foreign: Connect) -> None:
    broker.push_many([Job("Held") for _ in range(3)], queue)
    jobs = broker.pop_many(queue, 600, 3)
    guards = _guards(foreign)

    guard = guards.peek_delayed()
    assert guard.body.startswith(b"+600 ")
    assert len(guard.body.split()) == 1 + 3
    broker.delete_many(queue, jobs[:2])
    assert guards.peek(guard.id).body == guard.body
    broker.delete(queue, jobs[2])

    with pytest.raises(greenstalk.NotFoundError):
        guards.peek(guard.id)


def test_a_guard_whose_jobs_are_well_changes_nothing(
    broker: Broker, other: Broker, queue: str, foreign: Connect
) -> None:
    broker.push(Job("Held"), queue)
    job = broker.pop(queue, 600)
    assert job
    _guards(foreign).put(_guards(foreign).peek_delayed().body)
    other.pop(f"{queue}-empty", 60, wait=4)

    assert other.pop(queue, 60) is None
    broker.delete(queue, job)


def test_all_guards_that_are_ready_are_looked_at_in_one_round(foreign: Connect, connection: Connection) -> None:
    guards = _guards(foreign)
    for _ in range(250):
        guards.put(b"999999999")

    patrol(connection)

    assert guards.stats_tube(guards.using())["current-jobs-ready"] == 0


def _guards(foreign: Connect) -> "greenstalk.Client[bytes]":
    return foreign(f"$guards;{foreign().stats()['id']}")


def _stuck(broker: Broker, queue: str, foreign: Connect) -> tuple["greenstalk.Client[bytes]", int]:
    """Another program reserves a job, and the server's timer for it is lost; the guard is as ours would be.

    Linda has had it before, so that there is an attempt to be counted. A wait that ends with DEADLINE_SOON leaves
    its length behind; after the touch, that ends the timer before there is anything to do.
    """
    client = foreign()
    client.put(json.dumps({"id": "mine", "payload": {"class": "Stuck", "args": ["é"]}}).encode(), ttr=3)
    first = broker.pop(queue, 60)
    assert first
    broker.release(queue, first)
    job = client.reserve(timeout=1)
    sleep(1.5)
    with pytest.raises(greenstalk.DeadlineSoonError):
        client.reserve(timeout=1)
    client.touch(job)
    _guards(foreign).put(b"%d" % job.id)
    return client, job.id
