"""What only memory:// does; that it keeps Linda's promises is shown in tests/conformance."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from linda_core.broker import Broker, new_broker
from linda_core.clock import ManualClock
from linda_core.errors import InvalidURL, LeaseLost
from linda_core.job import Job
from tests.servers.waiting import wait_until


def test_brokers_of_one_name_share_their_jobs_and_others_do_not(clock: ManualClock) -> None:
    with (
        Broker("memory://one", clock=clock) as one,
        Broker("memory://one", clock=clock) as same,
        Broker("memory://two", clock=clock) as other,
    ):
        one.push(Job("count"), "a")

        assert other.pop("a", 60) is None
        assert same.pop("a", 60) is not None


def test_each_clock_has_jobs_of_its_own(broker: Broker) -> None:
    broker.push(Job("count"), "a")

    with Broker("memory://", clock=ManualClock()) as elsewhere:
        assert elsewhere.queues() == []


def test_it_takes_no_options() -> None:
    with pytest.raises(InvalidURL, match="unknown option 'size'; it takes none"):
        new_broker("memory://?size=5")


def test_a_job_that_is_there_is_not_pushed_again(broker: Broker) -> None:
    broker.push_many([Job("count", id="same"), Job("count", id="same")], "a")
    broker.push(Job("count", id="same"), "a")

    assert broker.counts("a").ready == 1


def test_a_job_that_comes_back_takes_its_old_place(broker: Broker) -> None:
    broker.push_many([Job("count", id=str(number)) for number in range(3)], "a")
    first = broker.pop("a", 60)
    assert first is not None

    broker.release("a", first)

    assert [job.id for job in broker.pop_many("a", 60, 3)] == ["0", "1", "2"]


def test_the_most_urgent_comes_first(broker: Broker) -> None:
    for priority in (5, 1, 65536):
        broker.push(Job("count", id=str(priority)), "a", priority=priority)

    assert [job.id for job in broker.pop_many("a", 60, 3)] == ["1", "5", "65536"]


def test_a_receipt_is_not_good_for_a_later_job_of_the_same_id(broker: Broker, clock: ManualClock) -> None:
    broker.push(Job("count", id="same"), "a")
    late = broker.pop("a", 1)
    assert late is not None
    clock.advance(1)
    broker.purge("a")
    broker.push(Job("count", id="same"), "a")
    held = broker.pop("a", 60)
    assert held is not None
    assert held.attempts == late.attempts

    with pytest.raises(LeaseLost):
        broker.delete("a", late)

    broker.delete("a", held)


def test_a_pop_waits_until_something_is_due_by_the_clock(broker: Broker, clock: ManualClock) -> None:
    broker.later(5, Job("count"), "a")
    with ThreadPoolExecutor() as threads:
        popping = threads.submit(broker.pop, ["b", "a"], 60, wait=60)
        assert wait_until(lambda: bool(clock._waiting), patience=10)
        clock.advance(4.9)
        assert not popping.done()
        clock.advance(0.1)

        assert popping.result(10) is not None


def test_a_pop_gives_up_by_the_clock(broker: Broker, clock: ManualClock) -> None:
    with ThreadPoolExecutor() as threads:
        popping = threads.submit(broker.pop, "a", 60, wait=60)
        assert wait_until(lambda: bool(clock._waiting), patience=10)
        clock.advance(60)

        assert popping.result(10) is None


def test_a_touched_job_does_not_come_back_at_its_first_deadline(broker: Broker, clock: ManualClock) -> None:
    broker.push(Job("count"), "a")
    job = broker.pop("a", 5)
    assert job is not None
    broker.touch("a", job, 10)

    clock.advance(5)

    assert broker.migrate_expired_jobs("a") == 0
    clock.advance(5)
    assert broker.migrate_expired_jobs("a") == 1


def test_each_job_goes_to_one_of_many_threads(broker: Broker) -> None:
    gate = threading.Barrier(8)

    def pop() -> list[str]:
        gate.wait(10)
        return [job.id for job in iter(lambda: broker.pop("a", 60), None)]

    broker.push_many([Job("count", id=str(number)) for number in range(500)], "a")
    with ThreadPoolExecutor(8) as threads:
        popped = [identity for popping in [threads.submit(pop) for _ in range(8)] for identity in popping.result(30)]

    assert sorted(popped, key=int) == [str(number) for number in range(500)]
