"""Bugs in leases."""

import time
from collections.abc import Sequence
from typing import ClassVar

from linda_core.brokers.memory import Receipt
from linda_core.driver import Delivery, State
from linda_core.lifecycle import Event
from tests.kit.broken.driver import NEVER, Broken, Deliveries


class NeverExpires(Broken):
    """A dead consumer keeps its jobs for ever."""

    caught_by: ClassVar = {
        "Leases::test_a_job_that_nobody_settled_comes_back_when_its_lease_is_over_and_not_before",
        "Leases::test_every_job_of_a_batch_comes_back",
        "Attempts::test_attempts_survive_a_lease_that_ran_out",
        "Returning::test_a_consumer_that_comes_later_sees_what_is_due",
        "Waiting::test_a_waiting_pop_gets_a_job_whose_lease_is_over",
        "Closing::test_what_was_reserved_when_a_broker_closed_comes_back",
        "Model::test_the_lifecycle_holds_for_any_sequence_of_verbs",
    }

    def reserve(self, queues: Sequence[str], limit: int, lease: float, wait: float) -> Deliveries:
        return super().reserve(queues, limit, NEVER, wait)


class ExpiresEarly(Broken):
    """A lease ends before it is over."""

    caught_by: ClassVar = {
        "Leases::test_a_job_that_nobody_settled_comes_back_when_its_lease_is_over_and_not_before",
        "Leases::test_a_job_goes_out_as_often_as_it_is_forgotten",
    }

    def reserve(self, queues: Sequence[str], limit: int, lease: float, wait: float) -> Deliveries:
        return super().reserve(queues, limit, lease * 0.9, wait)


class ExpiresLate(Broken):
    """A lease lasts twice as long as asked."""

    caught_by: ClassVar = {
        "Leases::test_a_job_that_nobody_settled_comes_back_when_its_lease_is_over_and_not_before",
        "Leases::test_each_reservation_has_the_lease_it_asked_for",
    }

    def reserve(self, queues: Sequence[str], limit: int, lease: float, wait: float) -> Deliveries:
        return super().reserve(queues, limit, lease * 2, wait)


class OneLeaseForAll(Broken):
    """Of a batch, only the first job has a lease; the others are held for ever."""

    caught_by: ClassVar = {"Leases::test_every_job_of_a_batch_comes_back"}

    def reserve(self, queues: Sequence[str], limit: int, lease: float, wait: float) -> Deliveries:
        first = super().reserve(queues, 1, lease, wait)
        return [*first, *(super().reserve(queues, limit - 1, NEVER, 0) if first and limit > 1 else ())]


class LeaseOfThePast(Broken):
    """The end of an earlier lease ends the one that runs."""

    caught_by: ClassVar = {"Leases::test_a_lease_that_has_been_given_back_does_not_end_the_next_one"}
    _firsts: ClassVar[dict[str, float]] = {}

    def reserve(self, queues: Sequence[str], limit: int, lease: float, wait: float) -> Deliveries:
        taken = super().reserve(queues, limit, lease, wait)
        for delivery in taken:
            job = self._jobs(delivery.queue)[delivery.id]
            first = self._firsts.setdefault(job.id, job.due)
            if job.due > first > self._clock.time():
                self._store.queue(delivery.queue).move(job, Event.TOUCH, first)
        return taken


class DeliversTwice(Broken):
    """Who finds nothing is given what somebody else holds."""

    caught_by: ClassVar = {
        "Leases::test_nobody_else_gets_a_job_while_its_lease_runs",
        "Batches::test_every_job_of_a_batch_arrives_once",
        "Crowds::test_every_job_is_done_once",
        "Model::test_the_lifecycle_holds_for_any_sequence_of_verbs",
    }

    def reserve(self, queues: Sequence[str], limit: int, lease: float, wait: float) -> Deliveries:
        held = [job for job in self._jobs(queues[0]).values() if job.state is State.RESERVED]
        return super().reserve(queues, limit, lease, 0) or [
            Delivery(queues[0], job.id, job.body, job.attempts, Receipt(job.id, job.reservation))
            for job in held[:limit]
        ]


class ReservesWithoutLock(Broken):
    """Two consumers that ask at the same moment choose the same job."""

    caught_by: ClassVar = {"Crowds::test_every_job_is_done_once"}

    def reserve(self, queues: Sequence[str], limit: int, lease: float, wait: float) -> Deliveries:
        seen = self.peek(queues[0], State.READY, 1)
        time.sleep(0.0005)
        taken = super().reserve(queues, limit, lease, wait)
        if seen and seen[0].id not in {delivery.id for delivery in taken} and seen[0].id in self._jobs(queues[0]):
            job = self._jobs(queues[0])[seen[0].id]
            return [Delivery(queues[0], job.id, job.body, job.attempts, Receipt(job.id, job.reservation)), *taken]
        return taken


class TouchDoesNothing(Broken):
    """Touch says yes, and the lease goes on as it was."""

    caught_by: ClassVar = {
        "Leases::test_touch_starts_a_new_lease",
        "Leases::test_touch_without_a_length_repeats_the_first",
        "Batches::test_a_batch_is_touched_whole",
    }

    def touch(self, queue: str, receipts: Sequence[Receipt], lease: float) -> Sequence[int]:
        return []


class TouchShortens(Broken):
    """A touched job has half of the lease that was asked for."""

    caught_by: ClassVar = {
        "Leases::test_a_touched_job_comes_back_when_its_new_lease_is_over",
        "Leases::test_touch_without_a_length_repeats_the_first",
    }

    def touch(self, queue: str, receipts: Sequence[Receipt], lease: float) -> Sequence[int]:
        return super().touch(queue, receipts, lease / 2)
