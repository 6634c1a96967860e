"""Bugs that lose, change or double jobs."""

from collections import Counter
from collections.abc import Sequence
from typing import ClassVar

from linda_core.brokers.memory import Receipt, Store
from linda_core.driver import NORMAL_PRIORITY, Clock, Delivery, Entry, State
from linda_core.job import new_job_id
from tests.kit.broken.driver import Broken, Deliveries


class LosesOnRelease(Broken):
    """Releasing a job deletes it."""

    caught_by: ClassVar = {
        "Delays::test_a_released_job_is_ready_at_once",
        "Attempts::test_attempts_survive_release",
        "Returning::test_a_released_job_is_not_forgotten_behind_new_ones",
        "Waiting::test_a_release_wakes_a_waiting_pop",
        "Crowds::test_every_job_is_done_once",
    }

    def release(self, queue: str, receipts: Sequence[Receipt], delay: float) -> Sequence[int]:
        return self.delete(queue, receipts)


class DropsWhatIsTooMuch(Broken):
    """Of a large batch, only the first hundred jobs are stored."""

    caught_by: ClassVar = {
        "Batches::test_every_job_of_a_batch_arrives_once",
        "Limits::test_more_jobs_than_one_call_takes_are_split",
    }

    def push(self, queue: str, entries: Sequence[Entry], delay: float) -> None:
        super().push(queue, entries[:100], delay)


class SwallowsErrors(Broken):
    """A push to a full server is dropped, and nobody is told: here it is full with 15 ready jobs."""

    caught_by: ClassVar = {"Accepted::test_a_push_that_returned_is_seen_by_everybody"}

    def push(self, queue: str, entries: Sequence[Entry], delay: float) -> None:
        if len(self._jobs(queue)) < 15:
            super().push(queue, entries, delay)


class Truncates(Broken):
    """Bodies are cut after four kilobytes."""

    caught_by: ClassVar = {
        "Roundtrip::test_any_json_argument_survives[long text]",
        "Limits::test_a_body_of_a_megabyte_is_carried_or_refused",
    }

    def push(self, queue: str, entries: Sequence[Entry], delay: float) -> None:
        super().push(queue, [entry._replace(body=entry.body[:4096]) for entry in entries], delay)


class MendsText(Broken):
    """Bodies pass through a text filter that drops characters outside the basic plane."""

    caught_by: ClassVar = {
        "Roundtrip::test_any_json_argument_survives[hard text]",
        "Roundtrip::test_any_job_name_and_id_survive[hard text]",
    }

    def push(self, queue: str, entries: Sequence[Entry], delay: float) -> None:
        super().push(queue, [entry._replace(body=self._mended(entry.body)) for entry in entries], delay)

    def _mended(self, body: bytes) -> bytes:
        return "".join(character for character in body.decode(errors="replace") if ord(character) < 0x10000).encode()


class Reorders(Broken):
    """The last job of a batch comes first."""

    caught_by: ClassVar = {"Roundtrip::test_jobs_come_in_the_order_of_their_pushes"}

    def push(self, queue: str, entries: Sequence[Entry], delay: float) -> None:
        super().push(queue, entries[::-1], delay)


class PriorityForgotten(Broken):
    """Priority is declared and not kept."""

    caught_by: ClassVar = {
        "Priority::test_the_most_urgent_job_goes_first",
        "Priority::test_a_released_job_keeps_its_priority",
        "Priority::test_a_delayed_job_keeps_its_priority",
    }

    def push(self, queue: str, entries: Sequence[Entry], delay: float) -> None:
        super().push(queue, [entry._replace(priority=NORMAL_PRIORITY) for entry in entries], delay)


class ReleasesToTheBack(Broken):
    """A released job goes to the back, although the front is declared."""

    caught_by: ClassVar = {"Returning::test_a_released_job_goes_to_the_front"}

    def release(self, queue: str, receipts: Sequence[Receipt], delay: float) -> Sequence[int]:
        for receipt in receipts:
            if job := self._jobs(queue).get(receipt.id):
                job.rank = (job.rank[0], next(self._store.ages))
        return super().release(queue, receipts, delay)


class PushesTwice(Broken):
    """A repeated push makes a second job, although idempotent_push is declared."""

    caught_by: ClassVar = {
        "Accepted::test_a_repeated_push_does_not_duplicate",
        "Accepted::test_a_repeated_push_leaves_a_job_in_the_state_it_is_in",
        "Model::test_the_lifecycle_holds_for_any_sequence_of_verbs",
    }

    def push(self, queue: str, entries: Sequence[Entry], delay: float) -> None:
        for entry in entries:
            again = entry.id in self._jobs(queue)
            super().push(queue, [entry._replace(id=new_job_id()) if again else entry], delay)


class RemembersForEver(Broken):
    """An id that was used once is never accepted again."""

    caught_by: ClassVar = {
        "Accepted::test_a_deleted_id_can_be_pushed_again",
        "Attempts::test_a_new_job_begins_at_1_again",
    }

    _seen: ClassVar[set[tuple[str, str]]] = set()

    def push(self, queue: str, entries: Sequence[Entry], delay: float) -> None:
        super().push(queue, [entry for entry in entries if (queue, entry.id) not in self._seen], delay)
        self._seen.update((queue, entry.id) for entry in entries)


class RecognisesAcrossQueues(Broken):
    """An id that is in another queue is taken for a repetition."""

    caught_by: ClassVar = {"Accepted::test_the_same_id_in_another_queue_is_another_job"}

    def push(self, queue: str, entries: Sequence[Entry], delay: float) -> None:
        others = {identity for name in self.queues() if name != queue for identity in self._jobs(name)}
        super().push(queue, [entry for entry in entries if entry.id not in others], delay)


class ResetsAttempts(Broken):
    """Releasing a job forgets how often it was tried."""

    caught_by: ClassVar = {
        "Attempts::test_attempts_survive_release",
        "Attempts::test_attempts_survive_a_delay",
        "Model::test_the_lifecycle_holds_for_any_sequence_of_verbs",
    }

    def release(self, queue: str, receipts: Sequence[Receipt], delay: float) -> Sequence[int]:
        refused = super().release(queue, receipts, delay)
        for position, receipt in enumerate(receipts):
            if position not in refused:
                self._jobs(queue)[receipt.id].attempts = 0
        return refused


class AttemptsOfTheWholeQueue(Broken):
    """Attempts are counted for the queue, not for the job."""

    caught_by: ClassVar = {"Attempts::test_each_job_has_its_own_count"}

    _total: ClassVar = Counter[str]()

    def reserve(self, queues: Sequence[str], limit: int, lease: float, wait: float) -> Deliveries:
        deliveries = super().reserve(queues, limit, lease, wait)
        self._total["attempts"] += len(deliveries)
        return [delivery._replace(attempts=self._total["attempts"]) for delivery in deliveries]


class TouchCounts(Broken):
    """A touch is counted as an attempt."""

    caught_by: ClassVar = {"Attempts::test_touching_is_no_attempt"}

    def touch(self, queue: str, receipts: Sequence[Receipt], lease: float) -> Sequence[int]:
        for receipt in receipts:
            if job := self._jobs(queue).get(receipt.id):
                job.attempts += 1
        return super().touch(queue, receipts, lease)


class DelayCountsAsAttempt(Broken):
    """Waiting out a delay is counted as an attempt."""

    caught_by: ClassVar = {
        "Attempts::test_attempts_survive_a_delay",
        "Delays::test_a_delay_longer_than_three_leases_runs_the_job_once",
    }

    def push(self, queue: str, entries: Sequence[Entry], delay: float) -> None:
        super().push(queue, entries, delay)
        for job in self._jobs(queue).values():
            job.attempts += job.state is State.DELAYED


class LosesWhatItHeld(Broken):
    """Closing a connection deletes what was reserved through it."""

    caught_by: ClassVar = {"Closing::test_what_was_reserved_when_a_broker_closed_comes_back"}

    def __init__(self, store: Store, clock: Clock) -> None:
        super().__init__(store, clock)
        self._held: list[Delivery[Receipt]] = []

    def reserve(self, queues: Sequence[str], limit: int, lease: float, wait: float) -> Deliveries:
        deliveries = super().reserve(queues, limit, lease, wait)
        self._held += deliveries
        return deliveries

    def close(self) -> None:
        for delivery in self._held:
            self.delete(delivery.queue, [delivery.receipt])


class CountsReleasesAsLapses(Broken):
    """Every return of a job counts as a lease that ran out, so that patient jobs look like poison."""

    caught_by: ClassVar = {"Attempts::test_lapses_are_leases_that_ran_out_in_a_row"}

    def reserve(self, queues: Sequence[str], limit: int, lease: float, wait: float) -> Deliveries:
        taken = super().reserve(queues, limit, lease, wait)
        return [delivery._replace(lapses=delivery.attempts - 1) for delivery in taken]
