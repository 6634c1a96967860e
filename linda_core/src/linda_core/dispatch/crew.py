"""All that run jobs in this process: the threads and the event loop, with one way in and one way out."""

import logging
from collections.abc import Sequence
from queue import SimpleQueue

from linda_core.clock import Clock
from linda_core.dispatch.event_loop import EventLoop
from linda_core.dispatch.execution import Execution
from linda_core.dispatch.runner import Finished, Outbox, Runner, Started
from linda_core.dispatch.threads import Threads
from linda_core.dispatch.verdict import Release
from linda_core.handlers import Handlers
from linda_core.job import Job
from linda_core.settings import Settings

log = logging.getLogger("linda.crew")


class Crew:
    """Jobs go in by `submit`; each comes out of the `outbox` once, with what came of it."""

    def __init__(self, handlers: Handlers, settings: Settings, clock: Clock) -> None:
        self.outbox: Outbox = SimpleQueue()
        self._execution = Execution(handlers, settings, clock)
        self._threads = Threads(settings.concurrency, self._execution, self.outbox, clock)
        self._event_loop = EventLoop(settings.concurrency, self._execution, self.outbox, clock)
        self.runners: Sequence[Runner] = (self._threads, self._event_loop)

    def submit(self, jobs: Sequence[Job]) -> None:
        """Each to the runner of its kind, but for those that keep ending their workers. By one thread at a time."""
        plain: list[Job] = []
        asynchronous: list[Job] = []
        for job in jobs:
            if job.lapses and (verdict := self._execution.lapsed(job)):
                self.outbox.put(Finished(job, verdict))
            else:
                (asynchronous if self._execution.is_async(job) else plain).append(job)
        if plain:
            self._threads.submit(plain)
        if asynchronous:
            self._event_loop.submit(asynchronous)

    def give_back(self, jobs: Sequence[Job]) -> None:
        """These have not been started, and shall not be. Any thread may call it."""
        untried = self._execution.untried(jobs)
        for job in jobs:
            self.outbox.put(Finished(job, untried))

    def give_back_stock(self, runner: Runner, most: int) -> None:
        """Up to `most` jobs that wait for one of the runners. Any thread may call it."""
        jobs = runner.take_back(most)
        if jobs:
            log.info("giving back %d jobs that cannot be started soon", len(jobs))
            self.give_back(jobs)

    def give_back_all(self) -> None:
        """Every job that has not been started. Any thread may call it."""
        for runner in self.runners:
            self.give_back_stock(runner, runner.stock())

    def release_running(self) -> None:
        """Release what runs: this process is about to end. Any thread may call it."""
        for started in self._started():
            release = Release(0.0, "handed back while it runs, because this process ends")
            self.outbox.put(Finished(started.job, release))

    def overrunning(self, now: float) -> set[Job]:
        """What runs for longer than it may."""
        return {started.job for started in self._started() if self._overruns(started, now)}

    def stop(self) -> None:
        """Start nothing more, and end when what runs has ended. Does not wait; the stock was given back before."""
        for runner in self.runners:
            runner.stop()

    def _started(self) -> list[Started]:
        return [started for runner in self.runners for started in runner.started()]

    def _overruns(self, started: Started, now: float) -> bool:
        limit = self._execution.time_limit(started.job)
        return limit is not None and now - started.since > limit
