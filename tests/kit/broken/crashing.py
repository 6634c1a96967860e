"""Bugs that only a crash shows: the SQLite driver, less careful."""

import time
from collections.abc import Sequence
from typing import ClassVar

from linda_core.brokers.sqlite import SqliteDriver
from linda_core.brokers.sqlite.driver import Receipt
from linda_core.driver import Delivery, Entry, State

#: Long enough for a kill to come in between.
GAP = 0.005


class TakesForGood(SqliteDriver):
    """A job is deleted when it is handed out, and put back by whoever releases it."""

    caught_by: ClassVar = {
        "Crashes::test_a_job_comes_back_when_its_holder_was_killed",
        "Crashes::test_every_job_is_done_however_many_workers_are_killed",
    }

    def reserve(self, queues: Sequence[str], limit: int, lease: float, wait: float) -> Sequence[Delivery[Receipt]]:
        taken = super().reserve(queues, limit, lease, wait)
        for delivery in taken:
            super().delete(delivery.queue, [delivery.receipt])
        time.sleep(10 * GAP)
        return taken

    def delete(self, queue: str, receipts: Sequence[Receipt]) -> Sequence[int]:
        return []


class CountsNoDead(SqliteDriver):
    """Nobody hears how many holders a job has killed."""

    caught_by: ClassVar = {"Crashes::test_a_job_tells_how_many_holders_in_a_row_were_killed"}

    def reserve(self, queues: Sequence[str], limit: int, lease: float, wait: float) -> Sequence[Delivery[Receipt]]:
        return [delivery._replace(lapses=0) for delivery in super().reserve(queues, limit, lease, wait)]


class AcceptsBeforeWriting(SqliteDriver):
    """Pushed jobs are collected, and written a million at a time: at any kill, some are only in memory."""

    caught_by: ClassVar = {"Crashes::test_what_was_accepted_before_the_crash_is_kept"}
    _waiting: ClassVar[list[Entry]] = []

    def push(self, queue: str, entries: Sequence[Entry], delay: float) -> None:
        self._waiting.extend(entries)
        if len(self._waiting) >= 1_000_000:
            super().push(queue, self._waiting, delay)
            self._waiting.clear()


class MigratesInTwoSteps(SqliteDriver):
    """What is due is taken out, and put in again a moment later."""

    caught_by: ClassVar = {"Crashes::test_a_crash_while_migrating_loses_nothing_and_doubles_nothing"}

    def promote(self, queue: str) -> int:
        moved = super().promote(queue)
        taken = super().reserve([queue], 1, 60.0, 0)
        for delivery in taken:
            super().delete(queue, [delivery.receipt])
            time.sleep(GAP)
            super().push(queue, [Entry(delivery.id, delivery.body)], 0)
        return moved


class ReleasesInTwoSteps(SqliteDriver):
    """A released job is deleted, and pushed again a moment later."""

    caught_by: ClassVar = {"Crashes::test_a_crash_between_release_bury_and_kick_loses_nothing"}

    def release(self, queue: str, receipts: Sequence[Receipt], delay: float) -> Sequence[int]:
        bodies = {sighting.id: sighting.body for sighting in self.peek(queue, State.RESERVED, 100)}
        refused = super().delete(queue, receipts)
        time.sleep(GAP)
        left = {sighting.id for sighting in self.peek(queue, State.RESERVED, 100)}
        super().push(queue, [Entry(name, body) for name, body in bodies.items() if name not in left], delay)
        return refused


class DeletesLate(SqliteDriver):
    """Delete asks nobody whether the job is still its holder's."""

    caught_by: ClassVar = {"Crashes::test_a_frozen_holder_loses_its_job_and_finds_out"}

    def delete(self, queue: str, receipts: Sequence[Receipt]) -> Sequence[int]:
        super().delete(queue, receipts)
        return []
