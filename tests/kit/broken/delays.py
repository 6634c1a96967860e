"""Bugs in delays."""

from collections.abc import Sequence
from typing import ClassVar

from linda_core.brokers.memory import Receipt
from linda_core.driver import Entry
from tests.kit.broken.driver import NEVER, Broken, Deliveries


class EarlyDelay(Broken):
    """A delayed job comes a little early."""

    caught_by: ClassVar = {
        "Delays::test_a_delayed_job_comes_when_it_is_due_and_not_before",
        "Delays::test_many_delayed_jobs_are_all_on_time",
        "Limits::test_any_delay_up_to_a_year_is_kept_or_refused[1 ms]",
        "Waiting::test_a_waiting_pop_gets_a_delayed_job_when_it_is_due",
    }

    def push(self, queue: str, entries: Sequence[Entry], delay: float) -> None:
        super().push(queue, entries, delay * 0.9)


class WholeSecondsDown(Broken):
    """Delays are cut to whole seconds."""

    caught_by: ClassVar = {"Delays::test_a_delay_between_two_steps_is_rounded_up"}

    def push(self, queue: str, entries: Sequence[Entry], delay: float) -> None:
        super().push(queue, entries, int(delay))


class ReleaseForgetsItsDelay(Broken):
    """A job released with a delay is ready at once."""

    caught_by: ClassVar = {
        "Delays::test_a_released_job_with_a_delay_comes_when_it_is_due_and_not_before",
        "Batches::test_a_batch_is_released_with_one_delay",
        "Attempts::test_attempts_survive_a_delay",
    }

    def release(self, queue: str, receipts: Sequence[Receipt], delay: float) -> Sequence[int]:
        return super().release(queue, receipts, 0)


class ClampsDelays(Broken):
    """Delays above an hour become an hour, without a word."""

    caught_by: ClassVar = {"Model::test_the_lifecycle_holds_for_any_sequence_of_verbs"}

    def push(self, queue: str, entries: Sequence[Entry], delay: float) -> None:
        super().push(queue, entries, min(delay, 1.0))


class MigratesEarly(Broken):
    """Migrating makes every delayed job ready."""

    caught_by: ClassVar = {
        "Delays::test_migrating_makes_due_jobs_ready_and_no_others",
        "Model::test_the_lifecycle_holds_for_any_sequence_of_verbs",
    }

    def promote(self, queue: str) -> int:
        return self._store.queue(queue).promote(NEVER)


class MigratingIsNeeded(Broken):
    """What is due comes back only when somebody migrates."""

    caught_by: ClassVar = {
        "Delays::test_a_delayed_job_comes_when_it_is_due_and_not_before",
        "Leases::test_a_job_that_nobody_settled_comes_back_when_its_lease_is_over_and_not_before",
        "Returning::test_a_consumer_that_comes_later_sees_what_is_due",
        "Model::test_the_lifecycle_holds_for_any_sequence_of_verbs",
    }

    def reserve(self, queues: Sequence[str], limit: int, lease: float, wait: float) -> Deliveries:
        with self._store.changed:
            of_queues = [self._store.queue(name) for name in queues]
            timers = [list(queue.timers) for queue in of_queues]
            for queue in of_queues:
                queue.timers.clear()
            taken = super().reserve(queues, limit, lease, 0)
            for queue, hidden in zip(of_queues, timers, strict=True):
                queue.timers = sorted(queue.timers + hidden)
            return taken
