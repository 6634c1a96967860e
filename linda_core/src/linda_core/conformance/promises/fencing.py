"""Promise 6: a late hand cannot touch."""

from collections.abc import Callable, Generator, Iterable
from contextlib import contextmanager
from copy import copy

import pytest

from linda_core.broker import Broker
from linda_core.conformance.declared import requires
from linda_core.conformance.harness import Harness
from linda_core.conformance.watch import HOLD, Watch
from linda_core.driver import Buries, Receipts, Touches
from linda_core.errors import LeaseLost
from linda_core.job import Job

Settlement = Callable[[Broker, str, Job], None]

SETTLEMENTS: dict[str, Settlement] = {
    "delete": lambda broker, queue, job: broker.delete(queue, job),
    "release": lambda broker, queue, job: broker.release(queue, job),
    "release_with_delay": lambda broker, queue, job: broker.release_with_delay(queue, job, HOLD),
    "bury": lambda broker, queue, job: broker.bury(queue, job, "late"),
    "touch": lambda broker, queue, job: broker.touch(queue, job, HOLD),
}


def settlements(broker: Broker) -> Iterable[tuple[str, Settlement]]:
    """The verbs that settle a job, as far as this broker has them."""
    without = {name for name, ability in (("bury", Buries), ("touch", Touches)) if not broker.supports(ability)}
    return [(name, settle) for name, settle in SETTLEMENTS.items() if name not in without]


class Fencing:
    """Settling a job late, twice, or with the handle of an earlier reservation raises LeaseLost and changes nothing."""

    def test_a_late_hand_cannot_settle_a_job_that_went_back(
        self, broker: Broker, other: Broker, new_queue: Callable[[str], str], harness: Harness, watch: Watch
    ) -> None:
        late = _reserved_each(broker, new_queue, watch, harness.lease)
        harness.elapse(harness.lease * 1.01 + broker.limits.lease_step / 100)

        for name, settle, queue, job in late:
            with lease_lost(f"{name} of job {job.id} after its lease was over"):
                settle(broker, queue, job)
        for name, _, queue, job in late:
            back = watch.take(other, queue)
            assert back.id == job.id, f"a late {name} replaced job {job.id} by {back.id}"

    def test_a_late_hand_cannot_settle_a_job_that_somebody_else_holds(
        self, broker: Broker, other: Broker, new_queue: Callable[[str], str], harness: Harness, watch: Watch
    ) -> None:
        due = watch.now() + harness.lease
        late = _reserved_each(broker, new_queue, watch, harness.lease)
        held = {queue: watch.comes(other, queue, due) for _, _, queue, _ in late}

        for name, settle, queue, job in late:
            with lease_lost(f"{name} of job {job.id}, which another consumer holds now"):
                settle(broker, queue, job)
            watch.nothing(broker, queue, f"a late {name} must not end the lease of its new holder")
            other.delete(queue, held[queue])
            watch.nothing(broker, queue, f"its new holder deleted it after a late {name}")

    def test_a_job_is_settled_once(self, broker: Broker, new_queue: Callable[[str], str], watch: Watch) -> None:
        for first, settle_first, queue, job in _reserved_each(broker, new_queue, watch, HOLD):
            if first == "touch":
                continue
            twin = copy(job)
            settle_first(broker, queue, job)
            for second, settle_again in settlements(broker):
                with lease_lost(f"{second} of job {job.id} after its {first}"):
                    settle_again(broker, queue, job)
                with lease_lost(f"{second} of job {job.id} after its {first}, by a copy of the handle,"):
                    settle_again(broker, queue, copy(twin))

    def test_an_earlier_reservation_of_ones_own_is_no_right_to_settle(
        self, broker: Broker, new_queue: Callable[[str], str], watch: Watch
    ) -> None:
        for name, settle in settlements(broker):
            queue = new_queue(name)
            broker.push(Job("Twice"), queue)
            first = watch.take(broker, queue)
            stale = copy(first)
            broker.release(queue, first)
            second = watch.take(broker, queue)
            with lease_lost(f"{name} of job {first.id} with the handle of attempt 1 of 2"):
                settle(broker, queue, stale)
            broker.delete(queue, second)
            watch.nothing(broker, queue, f"it was deleted after a refused {name}")

    def test_the_handle_of_a_job_that_is_gone_is_no_right_to_settle_the_next_one_of_its_name(
        self, broker: Broker, queue: str, watch: Watch
    ) -> None:
        for _, settle in settlements(broker):
            broker.push(Job("Again", id=f"{queue} again"), queue)
            first = watch.take(broker, queue)
            stale = copy(first)
            broker.delete(queue, first)
            broker.push(Job("Again", id=first.id), queue)
            second = watch.take(broker, queue)
            with lease_lost(f"settling job {first.id} with the handle of an earlier job of the same id"):
                settle(broker, queue, stale)
            broker.delete(queue, second)

    def test_a_job_never_reserved_cannot_be_settled(self, broker: Broker, queue: str, watch: Watch) -> None:
        job = Job("Pushed")
        broker.push(job, queue)

        for name, settle in settlements(broker):
            with lease_lost(f"{name} of job {job.id}, which nobody has reserved"):
                settle(broker, queue, job)
        assert watch.take(broker, queue).id == job.id

    def test_a_job_cannot_be_settled_in_another_queue(
        self, broker: Broker, queue: str, new_queue: Callable[[str], str], watch: Watch
    ) -> None:
        elsewhere = new_queue("elsewhere")
        broker.push(Job("Here"), queue)
        job = watch.take(broker, queue)

        for name, settle in settlements(broker):
            with lease_lost(f"{name} of job {job.id} in a queue it is not in"):
                settle(broker, elsewhere, job)
        broker.delete(queue, job)

    @requires(receipts=Receipts.PORTABLE)
    def test_a_job_can_be_settled_through_another_broker(
        self, broker: Broker, other: Broker, new_queue: Callable[[str], str], watch: Watch
    ) -> None:
        for name, settle, queue, job in _reserved_each(broker, new_queue, watch, HOLD):
            settle(other, queue, job)
            if name != "release":
                watch.nothing(broker, queue, f"{name} through another broker was accepted")

    @requires(receipts=Receipts.CONNECTION)
    def test_a_job_is_settled_only_through_the_broker_that_reserved_it(
        self, broker: Broker, other: Broker, new_queue: Callable[[str], str], watch: Watch
    ) -> None:
        for name, settle, queue, job in _reserved_each(broker, new_queue, watch, HOLD):
            with lease_lost(f"{name} of job {job.id} through another connection, although receipts=connection"):
                settle(other, queue, job)
            watch.nothing(other, queue, "its holder did not settle it")


def _reserved_each(
    broker: Broker, new_queue: Callable[[str], str], watch: Watch, lease: float
) -> list[tuple[str, Settlement, str, Job]]:
    """For each verb a queue with one reserved job."""
    reserved: list[tuple[str, Settlement, str, Job]] = []
    for name, settle in settlements(broker):
        queue = new_queue(name)
        broker.push(Job("Held"), queue)
        reserved.append((name, settle, queue, watch.take(broker, queue, lease)))
    return reserved


@contextmanager
def lease_lost(what: str) -> Generator[None]:
    """The block must raise LeaseLost."""
    try:
        yield
    except LeaseLost:
        return
    pytest.fail(f"{what} was accepted; it must raise LeaseLost and change nothing")
