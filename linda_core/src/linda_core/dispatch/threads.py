"""Plain handlers in threads. Jobs pass through one queue each way: no lock of ours is on the path of a job."""

import threading
from collections.abc import Sequence
from queue import Empty, SimpleQueue

from linda_core.clock import Clock
from linda_core.dispatch.execution import Execution
from linda_core.dispatch.runner import Finished, Outbox, Started
from linda_core.job import Job


class Threads:
    """As many daemon threads as jobs may run at once, started when there is work for them."""

    def __init__(self, concurrency: int, execution: Execution, outbox: Outbox, clock: Clock) -> None:
        self._concurrency = concurrency
        self._execution = execution
        self._outbox = outbox
        self._clock = clock
        self._stock: SimpleQueue[Job | None] = SimpleQueue()  # None, always the last, ends every thread
        self._started: list[Started | None] = []

    def submit(self, jobs: Sequence[Job]) -> None:
        """Called by one thread at a time."""
        for job in jobs:
            self._stock.put(job)
        while len(self._started) < self._concurrency and self._stock.qsize():
            self._started.append(None)
            number = len(self._started) - 1
            threading.Thread(target=self._work, args=(number,), name=f"linda-worker-{number}", daemon=True).start()

    def take_back(self, most: int) -> list[Job]:
        """May race with threads that start jobs: each job goes to exactly one of them."""
        taken: list[Job] = []
        try:
            while len(taken) < most and (job := self._stock.get_nowait()):
                taken.append(job)
        except Empty:
            return taken
        if len(taken) < most:
            self._stock.put(None)
        return taken

    def stock(self) -> int:
        return self._stock.qsize()

    def started(self) -> list[Started]:
        return [started for started in self._started if started]

    def stop(self) -> None:
        self._stock.put(None)

    def _work(self, number: int) -> None:
        take, put, run = self._stock.get, self._outbox.put, self._execution.run
        now, running = self._clock.monotonic, self._started
        while job := take():
            since = now()
            running[number] = Started(job, since)
            verdict = run(job)
            put(Finished(job, verdict, now() - since))
            running[number] = None
        self._stock.put(None)  # for the next thread
