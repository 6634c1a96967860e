"""Tells the broker how jobs ended: many in one call, and again until it has heard."""

import logging
from collections import defaultdict
from collections.abc import Sequence
from queue import Empty

from linda_core.broker import Broker
from linda_core.clock import Clock
from linda_core.dispatch.contact import Contact
from linda_core.dispatch.holdings import Holdings
from linda_core.dispatch.keeper import Keeper
from linda_core.dispatch.pace import Pace
from linda_core.dispatch.runner import Finished, Outbox
from linda_core.dispatch.verdict import Delete, Release, SetAside, Verdict
from linda_core.driver import Buries
from linda_core.errors import LeaseLost, LindaError, UsageError
from linda_core.job import Job
from linda_core.lifecycle import State

log = logging.getLogger("linda.settler")

TICK = 0.1  # seconds between two rounds in which jobs in hand are looked after, at most
ROUNDS = 6  # of them per lease, at least


class Settler:
    """One thread, besides which nobody settles jobs but the handlers themselves."""

    def __init__(
        self,
        contact: Contact,
        timeout: float,
        outbox: Outbox,
        holdings: Holdings,
        pace: Pace,
        keeper: Keeper,
        clock: Clock,
    ) -> None:
        self._contact = contact
        self._tick = min(TICK, timeout / ROUNDS)
        self._outbox = outbox
        self._holdings = holdings
        self._pace = pace
        self._keeper = keeper
        self._clock = clock

    def run(self) -> None:
        """Until the outbox brings None. The keeper has its turn between rounds."""
        unsettled: list[Finished] = []
        next_round = self._clock.monotonic()
        last = False
        while not last:
            finished, last = self._gather()
            self._measure(finished)
            unsettled += finished
            del finished  # so that nothing of what is settled is held while waiting for more
            if unsettled and (last or not self._contact.resting):
                unsettled = self._settle(unsettled)
            if self._clock.monotonic() >= next_round:
                self._keeper.keep()
                next_round = self._clock.monotonic() + self._tick

    def _gather(self) -> tuple[list[Finished], bool]:
        """What has ended by now, waiting up to a tick for the first; and whether that was all there will be."""
        finished: list[Finished] = []
        try:
            item = self._outbox.get(timeout=self._tick)
            while item is not None:
                finished.append(item)
                item = self._outbox.get_nowait()
        except Empty:
            return finished, False
        return finished, True

    def _measure(self, finished: Sequence[Finished]) -> None:
        seconds = [item.seconds for item in finished if item.seconds is not None]
        if seconds:
            self._pace.measured(sum(seconds), len(seconds))

    def _settle(self, finished: Sequence[Finished]) -> list[Finished]:
        """Returns those of which the broker could not be told, because it is away."""
        groups = list(self._grouped(finished))
        for number, group in enumerate(groups):
            try:
                self._apply(group)
            except LindaError as error:
                if not error.transient:
                    raise
                self._contact.lost(error)
                return [item for later in groups[number:] for item in later]
            self._holdings.drop(item.job for item in group)
        self._contact.made()
        return []

    def _grouped(self, finished: Sequence[Finished]) -> list[list[Finished]]:
        """What one call can tell the broker: jobs of one queue with the same verdict."""
        groups: dict[tuple[str, int], list[Finished]] = defaultdict(list)
        settled: list[Job] = []
        for item in finished:
            job, verdict, _ = item
            if job.state is State.RESERVED:
                groups[job.queue, id(verdict)].append(item)
            else:  # by its handler, or its lease was lost
                settled.append(job)
                _note_failure(job, verdict)
        self._holdings.drop(settled)
        return list(groups.values())

    def _apply(self, group: Sequence[Finished]) -> None:
        verdict, queue, jobs = group[0].verdict, group[0].job.queue, [item.job for item in group]
        broker = self._contact.broker()
        try:
            match verdict:
                case Delete(reason):
                    broker.delete_many(queue, jobs)
                    _note(jobs, logging.WARNING, reason and f"discarded: {reason}")
                case Release(delay, reason):
                    broker.release_many(queue, jobs, delay=delay)
                    _note(jobs, logging.WARNING, reason and f"again in {delay:.3g} s: {reason}")
                case SetAside(reason):
                    _bury(broker, queue, jobs, reason)
        except LeaseLost as error:
            for job in error.jobs:
                log.warning("lease lost: job %s (%s) ended after its lease and may run again", job.id, job.name)
        except UsageError as error:
            _bury(broker, queue, jobs, f"{verdict.reason}\n{error}")


def _bury(broker: Broker, queue: str, jobs: Sequence[Job], reason: str) -> None:
    if not broker.supports(Buries):  # it stays away for its lease; released, it would be popped for ever
        _note(jobs, logging.ERROR, f"cannot be buried by this broker, and will run again: {reason}")
        return
    for job in jobs:
        broker.bury(queue, job, reason)
    _note(jobs, logging.ERROR, f"buried: {reason}")


def _note(jobs: Sequence[Job], level: int, text: str) -> None:
    for job in jobs if text else ():
        log.log(level, "job %s (%s), attempt %d, %s", job.id, job.name, job.attempts, text)


def _note_failure(job: Job, verdict: Verdict) -> None:
    if verdict.reason and not isinstance(verdict, Delete):
        _note([job], logging.ERROR, f"failed after it was settled or its lease was lost: {verdict.reason}")
