"""Bugs in burying, counting, peeking, listing, purging and names."""

import unicodedata
from collections.abc import Sequence
from dataclasses import replace
from typing import ClassVar, Self

from linda_core import driver
from linda_core.brokers.memory import Receipt, Store
from linda_core.driver import Counts, Sighting, State
from linda_core.lifecycle import Event
from tests.kit.broken.driver import Broken


class BuriedComesBack(Broken):
    """Buried jobs are only delayed."""

    caught_by: ClassVar = {
        "Burying::test_a_buried_job_never_comes_back_by_itself",
        "Burying::test_kick_makes_a_buried_job_ready",
        "Model::test_the_lifecycle_holds_for_any_sequence_of_verbs",
    }

    def bury(self, queue: str, receipts: Sequence[Receipt], reason: str) -> Sequence[int]:
        return self.release(queue, receipts, 1.0)


class BuryDeletes(Broken):
    """Burying is deleting."""

    caught_by: ClassVar = {
        "Burying::test_kick_makes_a_buried_job_ready",
        "Burying::test_what_cannot_be_decoded_is_buried_and_the_next_job_is_handed_out",
        "Listing::test_a_queue_is_listed_whatever_its_jobs_do",
        "Crowds::test_every_job_is_done_once",
    }

    def bury(self, queue: str, receipts: Sequence[Receipt], reason: str) -> Sequence[int]:
        return self.delete(queue, receipts)


class BuryLosesReason(Broken):
    """Buried jobs do not say why."""

    caught_by: ClassVar = {
        "Burying::test_a_buried_job_keeps_its_reason[text]",
        "Burying::test_what_cannot_be_decoded_is_buried_with_the_reason",
    }

    def bury(self, queue: str, receipts: Sequence[Receipt], reason: str) -> Sequence[int]:
        return super().bury(queue, receipts, "")


class CutsReasons(Broken):
    """A reason has room for one line."""

    caught_by: ClassVar = {"Burying::test_a_buried_job_keeps_its_reason[long]"}

    def bury(self, queue: str, receipts: Sequence[Receipt], reason: str) -> Sequence[int]:
        return super().bury(queue, receipts, reason[:250])


class KicksDelayed(Broken):
    """Kick makes delayed jobs ready, too."""

    caught_by: ClassVar = {"Burying::test_kick_leaves_delayed_and_reserved_jobs_where_they_are"}

    def kick(self, queue: str, limit: int) -> int:
        delayed = [job for job in self._jobs(queue).values() if job.state is State.DELAYED][:limit]
        for job in delayed:
            self._store.queue(queue).move(job, Event.PROMOTE)
        return len(delayed) + super().kick(queue, limit)


class KicksTheYoungest(Broken):
    """Kick takes the jobs that were buried last."""

    caught_by: ClassVar = {"Burying::test_kick_takes_the_oldest_first_and_no_more_than_asked"}

    def kick(self, queue: str, limit: int) -> int:
        of_queue = self._store.queue(queue)
        of_queue.buried = dict.fromkeys(reversed(of_queue.buried))
        return super().kick(queue, limit)


class KicksAll(Broken):
    """Kick knows no limit."""

    caught_by: ClassVar = {"Burying::test_kick_takes_the_oldest_first_and_no_more_than_asked"}

    def kick(self, queue: str, limit: int) -> int:
        return min(limit, super().kick(queue, 1000))


class CountsReservedAsReady(Broken):
    """Counts adds reserved jobs to the ready ones."""

    caught_by: ClassVar = {"Counting::test_each_job_is_counted_in_its_state"}

    def counts(self, queue: str) -> Counts:
        ready, delayed, reserved, buried = super().counts(queue)
        return Counts((ready or 0) + (reserved or 0), delayed, 0, buried)


class CountsWhatIsOver(Broken):
    """Delays and leases that are over still count."""

    caught_by: ClassVar = {"Counting::test_due_jobs_and_expired_leases_count_as_ready"}

    def counts(self, queue: str) -> Counts:
        states = [job.state for job in self._jobs(queue).values()]
        return Counts(*(states.count(state) for state in (State.READY, State.DELAYED, State.RESERVED, State.BURIED)))


class GuessesCounts(Broken):
    """It cannot count reserved jobs, says so, and then says 0."""

    capabilities = replace(Broken.capabilities, counts=frozenset(State) - {State.RESERVED})
    caught_by: ClassVar = {
        "Counting::test_each_job_is_counted_in_its_state",
        "Counting::test_an_empty_queue_has_no_jobs",
    }

    def counts(self, queue: str) -> Counts:
        return super().counts(queue)._replace(reserved=0)


class PeekTakes(Broken):
    """Looking at a ready job takes it."""

    caught_by: ClassVar = {"Peeking::test_each_job_is_seen_in_its_state_and_stays_there"}

    def peek(self, queue: str, state: State, limit: int) -> Sequence[Sighting]:
        seen = super().peek(queue, state, limit)
        if state is State.READY:
            self.reserve([queue], limit, 1000.0, 0)
        return seen


class PeekShowsAnyOrder(Broken):
    """Peek shows the last ones first."""

    caught_by: ClassVar = {"Peeking::test_it_shows_the_next_jobs_first_and_no_more_than_asked"}

    def peek(self, queue: str, state: State, limit: int) -> Sequence[Sighting]:
        return super().peek(queue, state, 1000)[::-1][:limit]


class PeekForgetsAttempts(Broken):
    """Peek does not know how often a job was tried."""

    caught_by: ClassVar = {"Peeking::test_a_job_is_seen_whole"}

    def peek(self, queue: str, state: State, limit: int) -> Sequence[Sighting]:
        return [sighting._replace(attempts=0) for sighting in super().peek(queue, state, limit)]


class PeekHidesWhen(Broken):
    """Peek says how long a job still has to wait, not when it is due."""

    caught_by: ClassVar = {"Peeking::test_it_shows_when_a_job_is_due"}

    def peek(self, queue: str, state: State, limit: int) -> Sequence[Sighting]:
        now = self._clock.time()
        return [sighting._replace(due=(sighting.due or now) - now) for sighting in super().peek(queue, state, limit)]


class ListsReadyQueues(Broken):
    """Queues without a ready job are not listed."""

    caught_by: ClassVar = {"Listing::test_a_queue_is_listed_whatever_its_jobs_do"}

    def queues(self) -> Sequence[str]:
        return [name for name in super().queues() if self.counts(name).ready]


class PurgesWhatIsReady(Broken):
    """Purge drops ready jobs only."""

    caught_by: ClassVar = {
        "Purging::test_nothing_is_left_of_any_state",
        "Purging::test_the_holder_of_a_purged_job_finds_its_lease_lost",
    }

    def purge(self, queue: str) -> None:
        while taken := self.reserve([queue], 100, 1000.0, 0):
            self.delete(queue, [delivery.receipt for delivery in taken])


class PurgesAll(Broken):
    """Purge drops the jobs of every queue."""

    caught_by: ClassVar = {"Purging::test_other_queues_are_left_alone_and_the_purged_one_can_be_used"}

    def purge(self, queue: str) -> None:
        for name in super().queues():
            super().purge(name)


class Colliding(Broken):
    """Queue names go through a filter on their way to the server."""

    @staticmethod
    def filter(name: str) -> str:
        raise NotImplementedError

    @classmethod
    def connect(cls, url: driver.BrokerURL, clock: driver.Clock) -> Self:
        connected = super().connect(url, clock)
        store = connected._store
        store.queue = lambda name: Store.queue(store, cls.filter(name))  # type: ignore[method-assign]
        return connected


class StripsNames(Colliding):
    """Spaces around a queue's name do not count."""

    caught_by: ClassVar = {"Names::test_two_names_never_share_jobs"}

    @staticmethod
    def filter(name: str) -> str:
        return name.strip()


class FoldsNames(Colliding):
    """Upper and lower case are the same."""

    caught_by: ClassVar = {"Names::test_two_names_never_share_jobs"}

    @staticmethod
    def filter(name: str) -> str:
        return name.casefold()


class NormalisesNames(Colliding):
    """Two ways to write the same accent are the same."""

    caught_by: ClassVar = {"Names::test_two_names_never_share_jobs"}

    @staticmethod
    def filter(name: str) -> str:
        return unicodedata.normalize("NFC", name)


class CutsNames(Colliding):
    """A queue's name has room for 64 characters."""

    caught_by: ClassVar = {
        f"Names::test_a_hundred_characters_all_count[{filler}]" for filler in ("q", "accent", "clef", "space", "dot")
    }

    @staticmethod
    def filter(name: str) -> str:
        return name[:64]


class EscapesNames(Colliding):
    """Queue names are escaped for the server, and listed as escaped."""

    caught_by: ClassVar = {"Names::test_names_are_listed_as_they_were_given"}

    @staticmethod
    def filter(name: str) -> str:
        return name.encode("unicode_escape").decode()
