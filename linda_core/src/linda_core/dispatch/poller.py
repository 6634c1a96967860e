"""Moves jobs from the broker to the runners, no more than they can start soon."""

import threading
from collections.abc import Sequence

from linda_core.broker import Broker
from linda_core.clock import Clock
from linda_core.dispatch.contact import Contact
from linda_core.dispatch.crew import Crew
from linda_core.dispatch.holdings import Holdings
from linda_core.errors import LindaError
from linda_core.job import Job
from linda_core.settings import Settings

PATIENCE = 0.5  # seconds between two looks at whether to stop, when there is no room


class Poller:
    """One thread. It waits in the broker for jobs, or in the holdings for room; it never waits for a handler."""

    def __init__(self, contact: Contact, settings: Settings, crew: Crew, holdings: Holdings, clock: Clock) -> None:
        self.contact = contact
        self._queues = settings.queues
        self._lease = settings.timeout
        self._interval = settings.interval
        self._crew = crew
        self._holdings = holdings
        self._clock = clock
        self._stopping = threading.Event()
        self._asks: Broker | None = None
        self.asks_since: float | None = None  #: since when it has been waiting for the broker, on the monotonic clock

    def stop(self) -> None:
        """Reserve nothing more. To be called until the thread has ended: a pop may have been just about to wait."""
        self._stopping.set()
        self._holdings.notify()
        broker = self._asks
        if broker:
            broker.wake()

    def run(self) -> None:
        """Until stopped. Raises what trying again cannot mend."""
        while not self._stopping.is_set():
            room = self._holdings.wait_for_room(PATIENCE)
            if room:
                self._poll(room)

    def _poll(self, room: int) -> None:
        self.asks_since = self._clock.monotonic()
        try:
            self._hand_out(self._pop(room))
        except LindaError as error:
            if not error.transient:
                raise
            self._stopping.wait(self.contact.lost(error))
        finally:
            self.asks_since = None

    def _pop(self, room: int) -> list[Job]:
        """What there is. The first answer of a broker that was away is not waited for: it is news."""
        broker = self.contact.broker()
        self._asks = broker
        try:
            wait = 0 if self.contact.trouble else self._interval
            limit = min(room, broker.limits.batch)  # one call to the server: what it brings runs while the next is made
            jobs = [] if self._stopping.is_set() else broker.pop_many(self._queues, self._lease, limit, wait=wait)
        finally:
            self._asks = None
        self.contact.made()
        return jobs

    def _hand_out(self, jobs: Sequence[Job]) -> None:
        self._holdings.add(jobs)
        if self._stopping.is_set():
            self._crew.give_back(jobs)
        else:
            self._crew.submit(jobs)
