"""peek and purge, on a server that shows one job of each state and lets nobody delete what others hold."""

import greenstalk
import pytest

from linda_core import Broker, Job
from linda_core.driver import State
from tests.adapters.beanstalk.conftest import Connect


def test_ready_jobs_are_seen_in_the_order_in_which_they_go(broker: Broker, queue: str) -> None:
    for number, priority in enumerate((20, 10, 30, 10)):
        broker.push(Job("Seen", [number]), queue, priority=priority)
        broker.push(Job("In between"), f"{queue}-other")

    seen = [job.args[0] for job in broker.peek(queue, State.READY, 3)]

    assert seen == [1, 3, 0]
    assert [job.args[0] for job in broker.pop_many(queue, 60, 3)] == seen


def test_reserved_jobs_are_seen_from_elsewhere(broker: Broker, other: Broker, queue: str) -> None:
    broker.push_many([Job("Held", [number]) for number in range(3)], queue)
    held = broker.pop_many(queue, 60, 2)

    assert {job.args[0] for job in other.peek(queue, State.RESERVED, 10)} == {0, 1}
    broker.delete_many(queue, held)
    assert other.peek(queue, State.RESERVED, 10) == []


def test_looking_leaves_nothing_behind(broker: Broker, queue: str, foreign: Connect) -> None:
    broker.later(600, Job("Later"), queue)
    for state in State:
        broker.peek(queue, state, 10)

    assert broker.counts(queue) == (0, 1, 0, 0)
    with pytest.raises(greenstalk.NotFoundError):
        foreign("$probe").peek_ready()
    broker.purge(queue)


def test_a_job_held_through_a_purge_is_dropped_when_its_holder_is_gone(
    broker: Broker, other: Broker, queue: str
) -> None:
    broker.push(Job("Held"), queue)
    assert broker.pop(queue, 600)
    other.purge(queue)
    broker.close()
    other.push(Job("New"), queue)

    job = other.pop(queue, 60, wait=5)

    assert job
    assert job.name == "New"
    assert other.pop(queue, 60, wait=0.1) is None


def test_a_purge_with_nothing_held_leaves_no_mark(broker: Broker, queue: str, foreign: Connect) -> None:
    broker.push_many([Job("Purged") for _ in range(500)], queue)
    broker.later(600, Job("Purged"), queue)
    broker.purge(queue)

    assert broker.counts(queue) == (0, 0, 0, 0)
    with pytest.raises(greenstalk.NotFoundError):
        foreign(f"$mark;{queue}").peek_ready()


def test_the_next_purge_replaces_the_mark(broker: Broker, other: Broker, queue: str, foreign: Connect) -> None:
    broker.push(Job("Held"), queue)
    broker.pop(queue, 600)
    other.purge(queue)
    other.purge(queue)

    assert foreign().stats_tube(f"$mark;{queue}")["current-jobs-ready"] == 1
