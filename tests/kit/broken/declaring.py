"""Bugs in declarations: what is declared is not so, or what is so is not declared."""

from collections.abc import Sequence
from dataclasses import replace
from typing import ClassVar

from linda_core import driver
from linda_core.brokers.memory import MemoryDriver, Receipt, Store
from linda_core.driver import Entry
from linda_core.lifecycle import Event
from tests.kit.broken.driver import Broken, Deliveries

FACTS = MemoryDriver.capabilities


class DropsTheLongestBody(Broken):
    """A body exactly as long as declared is dropped."""

    limits = driver.Limits(body=100_000)
    caught_by: ClassVar = {"Limits::test_a_body_of_the_longest_length_is_carried"}

    def push(self, queue: str, entries: Sequence[Entry], delay: float) -> None:
        super().push(queue, [entry for entry in entries if len(entry.body) < self.limits.body], delay)


class LongestDelayWraps(Broken):
    """The longest delay that is declared counts as none."""

    limits = driver.Limits(delay=100_000.0)
    caught_by: ClassVar = {"Limits::test_the_longest_delay_is_kept"}

    def push(self, queue: str, entries: Sequence[Entry], delay: float) -> None:
        super().push(queue, entries, delay % self.limits.delay)


class LongestLeaseWraps(Broken):
    """The longest lease that is declared is over at once."""

    limits = driver.Limits(lease=100_000.0)
    caught_by: ClassVar = {"Limits::test_the_longest_lease_is_kept"}

    def reserve(self, queues: Sequence[str], limit: int, lease: float, wait: float) -> Deliveries:
        return super().reserve(queues, limit, lease % self.limits.lease, wait)


class HoldsForEver(Broken):
    """The longest reservation is declared, and not ended."""

    limits = driver.Limits(hold=5.0)
    caught_by: ClassVar = {"Limits::test_a_job_is_held_no_longer_than_declared"}


class StepsBeyondItsLimit(Broken):
    """The shortest lease is longer than the longest."""

    limits = driver.Limits(lease=1.0, lease_step=2.0)
    caught_by: ClassVar = {"Limits::test_every_declared_number_makes_sense"}


class RecognisesSilently(Broken):
    """A repeated push is recognised, and not declared to be."""

    capabilities = replace(FACTS, idempotent_push=False)
    caught_by: ClassVar = {"Accepted::test_a_repeated_push_makes_a_second_job"}


class SettlesFromAnywhere(Broken):
    """Receipts are declared to belong to a connection, and do not."""

    capabilities = replace(FACTS, receipts=driver.Receipts.CONNECTION)
    caught_by: ClassVar = {"Fencing::test_a_job_is_settled_only_through_the_broker_that_reserved_it"}


class SettlesOnlyHere(Broken):
    """Receipts are declared portable, and only the connection that reserved a job can delete it."""

    caught_by: ClassVar = {"Fencing::test_a_job_can_be_settled_through_another_broker"}

    def __init__(self, store: Store, clock: driver.Clock) -> None:
        super().__init__(store, clock)
        self._mine: set[Receipt] = set()

    def reserve(self, queues: Sequence[str], limit: int, lease: float, wait: float) -> Deliveries:
        taken = super().reserve(queues, limit, lease, wait)
        self._mine.update(delivery.receipt for delivery in taken)
        return taken

    def delete(self, queue: str, receipts: Sequence[Receipt]) -> Sequence[int]:
        if not self._mine.issuperset(receipts):
            return list(range(len(receipts)))
        return super().delete(queue, receipts)


class ReleasesToTheFront(Broken):
    """A released job is declared to go to the back, and does not."""

    capabilities = replace(FACTS, on_release=driver.Return.BACK)
    caught_by: ClassVar = {"Returning::test_a_released_job_goes_to_the_back"}


class MiscountsMigration(Broken):
    """Migrating says that one job was moved, however many were."""

    caught_by: ClassVar = {
        "Returning::test_migrating_says_how_many_went_back",
        "Returning::test_migrating_from_everywhere_at_once_moves_each_job_once",
    }

    def promote(self, queue: str) -> int:
        return min(1, super().promote(queue))


class KickForgetsAttempts(Broken):
    """A kicked job begins at its first attempt again."""

    caught_by: ClassVar = {"Attempts::test_attempts_survive_burying"}

    def kick(self, queue: str, limit: int) -> int:
        for name in self._store.queue(queue).buried:
            self._jobs(queue)[name].attempts = 0
        return super().kick(queue, limit)


class DeletesNothing(Broken):
    """Delete only lets go of the job."""

    caught_by: ClassVar = {
        "Roundtrip::test_a_deleted_job_is_gone",
        "Roundtrip::test_a_job_taken_for_good_is_gone_when_it_is_returned",
        "Counting::test_deleted_jobs_do_not_count",
    }

    def delete(self, queue: str, receipts: Sequence[Receipt]) -> Sequence[int]:
        return self._settle(queue, receipts, Event.RELEASE)


class SecondLeaseIsTheRest(Broken):
    """After a lease ran out, the next one is almost over."""

    caught_by: ClassVar = {"Leases::test_a_second_reservation_has_a_whole_lease_of_its_own"}

    def reserve(self, queues: Sequence[str], limit: int, lease: float, wait: float) -> Deliveries:
        taken = super().reserve(queues, limit, lease, wait)
        for delivery in taken:
            if delivery.lapses:
                job = self._jobs(delivery.queue)[delivery.id]
                self._store.queue(delivery.queue).move(job, Event.TOUCH, self._clock.time() + 0.5)
        return taken
