"""Settling: what is the caller's is done, and the rest is named."""

from collections.abc import Callable

import pytest

from linda_core.broker import Broker
from linda_core.clock import ManualClock
from linda_core.driver import Driver
from linda_core.errors import BrokerClosed, LeaseLost
from linda_core.job import Job
from linda_core.lifecycle import State
from linda_core.reservation import let_go
from linda_core.settlement import settle

Settle = Callable[[Broker, list[Job]], None]

ALL: dict[str, Settle] = {
    "delete": lambda broker, jobs: broker.delete_many("a", jobs),
    "release": lambda broker, jobs: broker.release_many("a", jobs),
    "release_with_delay": lambda broker, jobs: broker.release_many("a", jobs, delay=5),
    "touch": lambda broker, jobs: broker.touch_many("a", jobs, 60),
}
settles = pytest.mark.parametrize("settle", ALL.values(), ids=ALL)


@pytest.fixture
def jobs(broker: Broker) -> list[Job]:
    broker.push_many([Job("count", id=str(number)) for number in range(4)], "a")
    return broker.pop_many("a", 60, 4)


@settles
def test_a_job_that_is_lost_is_named_and_the_others_are_settled(
    broker: Broker, jobs: list[Job], settle: Settle, clock: ManualClock
) -> None:
    clock.advance(30)
    broker.touch_many("a", [jobs[0], jobs[1], jobs[3]], 60)
    clock.advance(30)

    with pytest.raises(LeaseLost, match=r"memory://: cannot \w+ in 'a': job 2 is not reserved here") as caught:
        settle(broker, jobs)

    assert caught.value.jobs == (jobs[2],)
    assert (jobs[2].state, jobs[2].deadline) == (None, None)
    assert jobs[0].state is jobs[1].state is jobs[3].state is not None or settle is ALL["delete"]
    assert broker.counts("a").reserved == (3 if settle is ALL["touch"] else 0)


@settles
def test_a_job_is_settled_once(broker: Broker, jobs: list[Job], settle: Settle) -> None:
    broker.delete_many("a", jobs)

    with pytest.raises(LeaseLost):
        settle(broker, jobs)


@settles
def test_only_where_it_was_taken(broker: Broker, jobs: list[Job], settle: Settle, clock: ManualClock) -> None:
    broker.push(Job("count"), "b")
    elsewhere = broker.pop("b", 60)
    assert elsewhere is not None

    with pytest.raises(LeaseLost):
        settle(broker, [elsewhere])
    with Broker("memory://other", clock=clock) as other, pytest.raises(LeaseLost):
        settle(other, jobs)
    with pytest.raises(LeaseLost):
        settle(broker, [Job("count")])
    assert broker.counts("a").reserved == 4


def test_what_is_not_held_is_refused_without_asking_the_server(broker: Broker, jobs: list[Job]) -> None:
    broker.close()  # who asks is told so

    with pytest.raises(LeaseLost):
        broker.delete("b", jobs[0])
    with pytest.raises(BrokerClosed):
        broker.delete("a", jobs[0])


def test_through_another_connection_to_the_same_broker(jobs: list[Job], clock: ManualClock) -> None:
    with Broker("memory://", clock=clock) as other:
        other.delete_many("a", jobs)
        assert other.counts("a") == (0, 0, 0, 0)


def test_a_job_given_twice_is_settled_and_named(broker: Broker, jobs: list[Job]) -> None:
    with pytest.raises(LeaseLost) as caught:
        broker.delete_many("a", [jobs[0], jobs[0]])

    assert caught.value.jobs == (jobs[0],)
    assert broker.counts("a").reserved == 3


def test_many_lost_jobs_are_counted_instead_of_listed(broker: Broker) -> None:
    with pytest.raises(LeaseLost, match=r"job 0, 1, 2, 3, 4 and 3 more is not reserved"):
        broker.delete_many("a", [Job("count", id=str(number)) for number in range(8)])


def test_a_settled_job_knows_where_it_went(broker: Broker, jobs: list[Job]) -> None:
    broker.release("a", jobs[0])
    broker.release_with_delay("a", jobs[1], 5)
    broker.delete("a", jobs[2])

    assert [job.state for job in jobs] == [State.READY, State.DELAYED, None, State.RESERVED]


def test_a_job_settled_meanwhile_by_another_thread_stays_as_that_left_it(broker: Broker, jobs: list[Job]) -> None:
    def meanwhile(_driver: object, _receipts: list[object]) -> list[int]:
        broker.release("a", jobs[0])
        return [0]

    with pytest.raises(LeaseLost):
        settle(broker._link, Driver, "delete", "a", jobs[:1], meanwhile, lambda job: let_go(job, None))

    assert jobs[0].state is State.READY


def test_settling_nothing_is_nothing(broker: Broker) -> None:
    broker.delete_many("a", [])
