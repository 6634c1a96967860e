"""Tells the broker how jobs ended: many in one call, and again until it has heard."""

import logging
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from queue import Empty

from linda_core.broker import Broker
from linda_core.clock import Clock
from linda_core.dispatch.holdings import Holdings
from linda_core.dispatch.pace import Pace
from linda_core.dispatch.runner import Finished, Outbox
from linda_core.dispatch.verdict import Delete, Release, SetAside
from linda_core.errors import LeaseLost, LindaError, UsageError
from linda_core.job import Job
from linda_core.lifecycle import State

log = logging.getLogger("linda.settler")

TICK = 0.1  # seconds between two rounds in which leases are looked after


class Settler:
    """One thread, besides which nobody settles jobs but the handlers themselves."""

    def __init__(
        self,
        connect: Callable[[], Broker],
        holdings: Holdings,
        outbox: Outbox,
        pace: Pace,
        clock: Clock,
        keep: Callable[[bool], None],
    ) -> None:
        self._connect = connect
        self._holdings = holdings
        self._outbox = outbox
        self._pace = pace
        self._clock = clock
        self._keep = keep
        self._unsettled: list[Finished] = []

    def run(self) -> None:
        """Until the outbox brings None. `keep` is called between rounds, and told whether any job had ended."""
        ended_since_kept = False
        next_round = self._clock.monotonic() + TICK
        while True:
            finished, last = self._gather()
            ended_since_kept = ended_since_kept or bool(finished)
            self._settle([*self._unsettled, *finished])
            if last:
                return
            if self._clock.monotonic() >= next_round:
                self._keep(ended_since_kept)
                ended_since_kept = False
                next_round = self._clock.monotonic() + TICK

    def _gather(self) -> tuple[list[Finished], bool]:
        """What has ended by now, waiting up to a tick for the first; and whether that was all there will be."""
        finished: list[Finished] = []
        try:
            item = self._outbox.get(timeout=TICK)
            while item is not None:
                finished.append(item)
                item = self._outbox.get_nowait()
        except Empty:
            return finished, False
        return finished, True

    def _settle(self, finished: Sequence[Finished]) -> None:
        if not finished:
            return
        self._unsettled = []
        self._measure(finished)
        done: dict[str, list[Finished]] = defaultdict(list)
        for item in finished:
            job, verdict, _ = item
            if job.state is not State.RESERVED:
                self._holdings.drop((job,))  # its handler has settled it, or its lease was lost
            elif isinstance(verdict, Delete):
                done[job.queue].append(item)
            else:
                self._apply([item], partial(_put_back, job, verdict))
        for queue, items in done.items():
            self._apply(items, partial(_delete, queue, [item.job for item in items]))

    def _apply(self, items: list[Finished], settle: Callable[[Broker], None]) -> None:
        try:
            settle(self._connect())
        except LeaseLost as error:
            for job in error.jobs:
                log.warning("lease lost: job %s (%s) ended after its lease and may run again", job.id, job.name)
        except LindaError as error:
            if error.transient:
                items = self._postpone(items, error)
            else:
                log.error("cannot settle %s: %s", _ids(items), error)
        self._holdings.drop(item.job for item in items)

    def _postpone(self, items: list[Finished], error: LindaError) -> list[Finished]:
        """Keep for the next round what still has a lease; returns the rest, which will run again."""
        now = self._clock.time()
        log.warning("cannot settle %s yet: %s", _ids(items), error)
        hopeless = [item for item in items if item.job.deadline is None or item.job.deadline <= now]
        self._unsettled += [item for item in items if item not in hopeless]
        return hopeless

    def _measure(self, finished: Sequence[Finished]) -> None:
        self._pace.measured(sum(item.seconds for item in finished), len(finished))


def _delete(queue: str, jobs: Sequence[Job], broker: Broker) -> None:
    broker.delete_many(queue, jobs)


def _put_back(job: Job, verdict: Release | SetAside, broker: Broker) -> None:
    if isinstance(verdict, SetAside):
        log.error("buried: job %s (%s): %s", job.id, job.name, verdict.reason)
        broker.bury(job.queue, job, verdict.reason)
        return
    log.warning(
        "attempt %d of job %s (%s) failed: %s; again in %.1f s",
        job.attempts,
        job.id,
        job.name,
        verdict.reason,
        verdict.delay,
    )
    try:
        broker.release_with_delay(job.queue, job, verdict.delay)
    except UsageError as error:  # a delay this broker cannot keep
        broker.bury(job.queue, job, f"{verdict.reason}; and {error}")


def _ids(items: Iterable[Finished]) -> str:
    ids = [item.job.id for item in items]
    return f"{len(ids)} jobs ({ids[0]}, …)" if len(ids) > 1 else f"job {ids[0]}"
