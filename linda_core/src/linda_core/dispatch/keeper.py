"""Looks after the jobs in hand: renews leases, enforces time limits, gives back what nobody can start."""

import logging
from collections.abc import Callable, Sequence
from itertools import groupby

from linda_core.broker import Broker
from linda_core.clock import Clock
from linda_core.dispatch.execution import Execution
from linda_core.dispatch.holdings import Holdings
from linda_core.dispatch.pace import Pace
from linda_core.dispatch.runner import Runner, Started
from linda_core.driver import Touches
from linda_core.errors import LeaseLost, LindaError
from linda_core.job import Job
from linda_core.lifecycle import State

log = logging.getLogger("linda.keeper")

FRESH = 2 / 3  # of a lease left: below it, the lease is renewed


class Keeper:
    """Called between the settler's rounds, in its thread."""

    def __init__(
        self,
        connect: Callable[[], Broker],
        timeout: float,
        execution: Execution,
        holdings: Holdings,
        pace: Pace,
        runners: Sequence[Runner],
        clock: Clock,
    ) -> None:
        self._connect = connect
        self._timeout = timeout
        self._execution = execution
        self._holdings = holdings
        self._pace = pace
        self._runners = runners
        self._clock = clock
        self._overran: set[Job] = set()
        self._stocked = False  # a job was in stock in the round before

    def keep(self, progress: bool) -> None:  # noqa: FBT001 - a fact, not a switch
        """One round. `progress` says whether any job ended since the last."""
        stocked = any(runner.stock() for runner in self._runners)
        if stocked and self._stocked and not progress:
            self._pace.stalled()
            self.hand_back()
        self._stocked = stocked
        self._renew()

    def hand_back(self) -> None:
        """Release every job that has not been started: all runners are busy for longer than planned."""
        jobs = [job for runner in self._runners for job in runner.take_back()]
        if jobs:
            log.info("gave back %d jobs that nobody could start yet", len(jobs))
            self._release(jobs)

    def release_running(self) -> None:
        """Release whatever is still held, running or not: this process is about to end."""
        jobs = [job for job in self._holdings.jobs() if job.state is State.RESERVED]
        for job in jobs:
            log.warning("handed back while running: job %s (%s)", job.id, job.name)
        self._release(jobs)

    def _release(self, jobs: Sequence[Job]) -> None:
        self._each_queue(jobs, lambda broker, queue, ours: broker.release_many(queue, ours))
        self._holdings.drop(jobs)

    def _renew(self) -> None:
        soon = self._clock.time() + FRESH * self._timeout
        overran = self._overrunning()
        stale = [
            job
            for job in self._holdings.jobs()
            if job.state is State.RESERVED and job.deadline is not None and job.deadline < soon and job not in overran
        ]
        if stale and self._connect().supports(Touches):
            self._each_queue(stale, lambda broker, queue, ours: broker.touch_many(queue, ours, self._timeout))

    def _overrunning(self) -> set[Job]:
        """Jobs past their time limit. A thread cannot be stopped, but its lease need not be renewed."""
        now = self._clock.monotonic()
        overran = {started.job for runner in self._runners for started in runner.started() if self._over(started, now)}
        for job in overran - self._overran:
            log.error("job %s (%s) runs past its time limit: its lease is not renewed any more", job.id, job.name)
        self._overran = overran
        return overran

    def _over(self, started: Started, now: float) -> bool:
        limit = self._execution.time_limit(started.job)
        return limit is not None and now - started.since > limit

    def _each_queue(self, jobs: Sequence[Job], act: Callable[[Broker, str, list[Job]], None]) -> None:
        by_queue = sorted(jobs, key=lambda job: job.queue)
        for queue, group in groupby(by_queue, key=lambda job: job.queue):
            try:
                act(self._connect(), queue, list(group))
            except LeaseLost as error:
                for job in error.jobs:
                    log.warning("lease lost: job %s (%s) may run elsewhere as well", job.id, job.name)
            except LindaError as error:
                log.warning("cannot reach the broker to look after jobs of %r: %s", queue, error)
