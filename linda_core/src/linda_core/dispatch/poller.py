"""Moves jobs from the broker to the runners, no more than they can start soon."""

import logging
import threading
from collections.abc import Callable

from linda_core.broker import Broker
from linda_core.clock import Clock
from linda_core.dispatch.execution import Execution
from linda_core.dispatch.holdings import Holdings
from linda_core.dispatch.runner import Finished, Outbox, Runner
from linda_core.errors import LindaError
from linda_core.job import Job
from linda_core.settings import Settings

log = logging.getLogger("linda.poller")

PATIENCE = 0.5  # seconds between two looks at whether to stop, when there is no room
REST = 5.0  # seconds between two attempts to reach a broker that is away, at most


class Poller:
    """One thread. It waits in the broker for jobs, or in the holdings for room; it never waits for a handler."""

    def __init__(
        self,
        connect: Callable[[], Broker],
        settings: Settings,
        execution: Execution,
        holdings: Holdings,
        threads: Runner,
        event_loop: Runner,
        outbox: Outbox,
        clock: Clock,
    ) -> None:
        self._connect = connect
        self._settings = settings
        self._execution = execution
        self._holdings = holdings
        self._threads = threads
        self._event_loop = event_loop
        self._outbox = outbox
        self._clock = clock
        self._stopping = threading.Event()
        self._failures = 0
        self.trouble = ""  #: why the broker cannot be reached; "" while all is well
        self.last_contact = clock.monotonic()  #: when the broker last answered, or there was no need to ask

    def stop(self) -> None:
        """Reserve nothing more. A pop that waits has to be woken besides."""
        self._stopping.set()
        self._holdings.notify()

    def run(self) -> None:
        """Until stopped. Raises what trying again cannot mend."""
        while not self._stopping.is_set():
            room = self._holdings.wait_for_room(PATIENCE)
            if room:
                self._poll(room)
            else:
                self.last_contact = self._clock.monotonic()

    def _poll(self, room: int) -> None:
        settings = self._settings
        try:
            jobs = self._connect().pop_many(settings.queues, settings.timeout, room, wait=settings.interval)
        except LindaError as error:
            if not error.transient:
                raise
            self._rest(error)
            return
        if self._failures:
            log.warning("the broker answers again")
        self._failures, self.trouble = 0, ""
        self.last_contact = self._clock.monotonic()
        self._hand_out(jobs)

    def _hand_out(self, jobs: list[Job]) -> None:
        self._holdings.add(jobs)
        plain: list[Job] = []
        asynchronous: list[Job] = []
        for job in jobs:
            if job.lapses and (verdict := self._execution.lapsed(job)):
                self._outbox.put(Finished(job, verdict, 0.0))
            else:
                (asynchronous if self._execution.is_async(job) else plain).append(job)
        if plain:
            self._threads.submit(plain)
        if asynchronous:
            self._event_loop.submit(asynchronous)

    def _rest(self, error: LindaError) -> None:
        self.trouble = str(error)
        pause = min(REST, 0.1 * 2**self._failures)
        self._failures += 1
        log.warning("no contact (%s); next attempt in %.1f s", error, pause)
        self._stopping.wait(pause)
