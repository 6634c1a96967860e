"""Bugs that let a late hand touch."""

from collections.abc import Sequence
from typing import Any, ClassVar

from linda_core.brokers.memory import Receipt
from linda_core.driver import State
from tests.kit.broken.driver import NEVER, Broken, Deliveries


class DeletesWithAnyReceipt(Broken):
    """Delete asks for the job's id alone."""

    caught_by: ClassVar = {
        "Fencing::test_a_late_hand_cannot_settle_a_job_that_somebody_else_holds",
        "Fencing::test_a_late_hand_cannot_settle_a_job_that_went_back",
        "Fencing::test_an_earlier_reservation_of_ones_own_is_no_right_to_settle",
        "Batches::test_one_lost_job_does_not_keep_the_others_from_being_settled[delete_many]",
        "Crowds::test_completing_races_expiring",
    }

    def delete(self, queue: str, receipts: Sequence[Receipt]) -> Sequence[int]:
        gone = [self._jobs(queue).pop(receipt.id, None) for receipt in receipts]
        heap = self._store.queue(queue).ready
        heap[:] = [entry for entry in heap if entry[1] in self._jobs(queue)]
        return [position for position, job in enumerate(gone) if job is None]


class SettlesAfterTheLease(Broken):
    """Whoever is late may still settle, as long as nobody else has taken the job."""

    caught_by: ClassVar = {"Fencing::test_a_late_hand_cannot_settle_a_job_that_went_back"}

    def delete(self, queue: str, receipts: Sequence[Receipt]) -> Sequence[int]:
        for receipt in receipts:
            job = self._jobs(queue).get(receipt.id)
            if job and job.state is State.RESERVED and job.reservation == receipt.reservation:
                job.due = NEVER
        return super().delete(queue, receipts)


class SaysYesToEverything(Broken):
    """A refused receipt is not reported."""

    caught_by: ClassVar = {
        "Fencing::test_a_job_is_settled_once",
        "Fencing::test_a_late_hand_cannot_settle_a_job_that_went_back",
        "Purging::test_the_holder_of_a_purged_job_finds_its_lease_lost",
        "Model::test_the_lifecycle_holds_for_any_sequence_of_verbs",
    }

    def _settle(self, *arguments: Any, **named: Any) -> Sequence[int]:
        return super()._settle(*arguments, **named) and []


class TouchRevives(Broken):
    """Touch gives a job back to a holder whose lease was over."""

    caught_by: ClassVar = {
        "Fencing::test_a_late_hand_cannot_settle_a_job_that_went_back",
        "Fencing::test_a_late_hand_cannot_settle_a_job_that_somebody_else_holds",
    }

    def touch(self, queue: str, receipts: Sequence[Receipt], lease: float) -> Sequence[int]:
        jobs = [self._jobs(queue).get(receipt.id) for receipt in receipts]
        for job in jobs:
            if job and job.state is State.RESERVED:
                job.due = self._clock.time() + lease
        return [position for position, job in enumerate(jobs) if not job or job.state is not State.RESERVED]


class OneRefusedRefusesAll(Broken):
    """If one job of a batch is lost, none of the others is settled."""

    caught_by: ClassVar = {
        f"Batches::test_one_lost_job_does_not_keep_the_others_from_being_settled[{verb}_many]"
        for verb in ("delete", "release", "touch")
    }

    def _settle(self, name: str, receipts: Sequence[Receipt], *arguments: Any, **named: Any) -> Sequence[int]:
        now = self._clock.time()
        for receipt in receipts:
            job = self._jobs(name).get(receipt.id)
            if not job or job.reservation != receipt.reservation or job.state is not State.RESERVED or now >= job.due:
                return list(range(len(receipts)))
        return super()._settle(name, receipts, *arguments, **named)


class RepeatsReceipts(Broken):
    """A receipt is a job's id and attempt, which another job may have later."""

    caught_by: ClassVar = {
        "Fencing::test_the_handle_of_a_job_that_is_gone_is_no_right_to_settle_the_next_one_of_its_name"
    }

    def reserve(self, queues: Sequence[str], limit: int, lease: float, wait: float) -> Deliveries:
        taken = super().reserve(queues, limit, lease, wait)
        for delivery in taken:
            self._jobs(delivery.queue)[delivery.id].reservation = delivery.attempts
        return [delivery._replace(receipt=Receipt(delivery.id, delivery.attempts)) for delivery in taken]
