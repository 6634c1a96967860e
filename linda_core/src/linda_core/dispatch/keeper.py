"""Looks after the jobs in hand: renews leases, enforces time limits, gives back what cannot be started soon."""

import logging
from contextlib import suppress
from itertools import groupby
from operator import attrgetter

from linda_core.broker import Broker
from linda_core.clock import Clock
from linda_core.dispatch.contact import Contact
from linda_core.dispatch.crew import Crew
from linda_core.dispatch.holdings import Holdings
from linda_core.dispatch.pace import Pace
from linda_core.dispatch.runner import Runner, Started
from linda_core.driver import Touches
from linda_core.errors import LeaseLost, LimitExceeded, LindaError, Unsupported
from linda_core.job import Job
from linda_core.lifecycle import State
from linda_core.settings import Settings

log = logging.getLogger("linda.keeper")

RENEWALS = 3  # per lease: two may fail before it is lost


class Watched:
    """A runner, and what it was seen to do."""

    def __init__(self, runner: Runner) -> None:
        self.runner = runner
        self.stock = 0
        self.started: list[Started] = []
        self.stuck = 0  #: of its slots, those that are not to be counted on
        self.stalled = False  #: its stock waits, and nothing shows that it will be started

    def look(self, before: float) -> None:
        """A slot is stuck when its job was started `before`; all of them together make a runner stall."""
        stock, started = self.runner.stock(), self.runner.started()
        self.stuck = sum(1 for one in started if one.since < before)
        waits = stock and self.stock  # through a whole round
        same = self.stalled and started and started == self.started
        self.stalled = bool(same or (waits and self.stuck == len(started)))
        self.stock, self.started = stock, started


class Keeper:
    """Called between the settler's rounds, in its thread."""

    def __init__(
        self, contact: Contact, settings: Settings, crew: Crew, holdings: Holdings, pace: Pace, clock: Clock
    ) -> None:
        self._contact = contact
        self._timeout = settings.timeout
        self._concurrency = settings.concurrency
        self._crew = crew
        self._holdings = holdings
        self._pace = pace
        self._clock = clock
        self._overran: set[Job] = set()
        self._watched = [Watched(runner) for runner in crew.runners]
        self._next_renewal = clock.monotonic()

    def keep(self) -> None:
        """One round."""
        now = self._clock.monotonic()
        for watched in self._watched:
            watched.look(now - self._pace.slow)
        self._pace.stuck(sum(self._concurrency if watched.stalled else watched.stuck for watched in self._watched))
        for watched in self._watched:
            self._crew.give_back_stock(watched.runner, self._pace.surplus(watched.stock))
        overran = self._overrunning(now)
        if now >= self._next_renewal and not self._contact.resting:
            self._renew(overran)

    def _renew(self, overran: set[Job]) -> None:
        """Touch everything, however fresh: no clock but the server's and the time since the last round matters."""
        jobs = [job for job in self._holdings.jobs() if job.state is State.RESERVED and job not in overran]
        jobs.sort(key=attrgetter("queue"))
        try:
            for queue, group in groupby(jobs, key=attrgetter("queue")):
                self._touch(queue, list(group))
        except LindaError as error:
            if not error.transient:
                raise
            self._contact.lost(error)
        else:
            self._contact.made()
            self._next_renewal = self._clock.monotonic() + self._timeout / RENEWALS

    def _touch(self, queue: str, jobs: list[Job]) -> None:
        broker = self._contact.broker()
        try:
            if broker.supports(Touches):
                broker.touch_many(queue, jobs, self._timeout)
        except LeaseLost as error:
            for job in error.jobs:
                if job.state is None:  # else its handler has settled it meanwhile
                    log.warning("lease lost: job %s (%s) may run elsewhere as well", job.id, job.name)
        except LimitExceeded as error:
            if len(jobs) == 1:
                _set_aside(broker, queue, jobs[0], error)
            else:
                for job in jobs:  # the broker refuses all when it refuses one
                    self._touch(queue, [job])

    def _overrunning(self, now: float) -> set[Job]:
        """Jobs past their time limit. A thread cannot be stopped, but its lease need not be renewed."""
        overran = self._crew.overrunning(now)
        for job in overran - self._overran:
            log.error("job %s (%s) runs past its time limit: its lease is not renewed any more", job.id, job.name)
        self._overran = overran
        return overran


def _set_aside(broker: Broker, queue: str, job: Job, error: LimitExceeded) -> None:
    """It runs, and the broker lets nobody keep it for so long: it would run elsewhere as well, again and again."""
    log.error("job %s (%s) still runs, and cannot be kept any longer: %s", job.id, job.name, error)
    with suppress(LeaseLost, Unsupported):  # its handler has settled it meanwhile; or it comes back with its lease
        broker.bury(queue, job, f"it ran for longer than the broker lets anybody keep a job: {error}")
