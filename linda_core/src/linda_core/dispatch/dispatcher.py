"""Owns a run: starts the parts, waits for the end, and ends in good order."""

import logging
import threading
from collections.abc import Callable
from contextlib import suppress
from queue import Empty, SimpleQueue

from linda_core.broker import Broker
from linda_core.clock import Clock
from linda_core.dispatch.contact import LONGEST_REST, Contact
from linda_core.dispatch.crew import Crew
from linda_core.dispatch.health import Health
from linda_core.dispatch.holdings import Holdings
from linda_core.dispatch.keeper import Keeper
from linda_core.dispatch.pace import Pace
from linda_core.dispatch.poller import Poller
from linda_core.dispatch.settler import Settler
from linda_core.errors import LindaError
from linda_core.handlers import Handlers
from linda_core.settings import Settings

log = logging.getLogger("linda.dispatcher")

#: Seconds. A signal that arrives just before the main thread waits, or in another thread, is seen when it wakes up.
PULSE = 0.25
GLANCE = 0.05  # seconds between two looks at how far a stop has come
LAST_WORD = 5.0  # seconds for telling the broker how jobs ended, after the grace


class Dispatcher:
    """Runs jobs until told to stop. One object, one run."""

    def __init__(self, connect: Callable[[], Broker], handlers: Handlers, settings: Settings, clock: Clock) -> None:
        self._settings = settings
        self._clock = clock
        self._stops: SimpleQueue[BaseException | None] = SimpleQueue()  # its put may be called in a signal handler
        self._crew = Crew(handlers, settings, clock)
        pace = Pace(settings.concurrency)
        self._holdings = Holdings(settings.concurrency, pace)
        self._contact = Contact(connect, clock)  # the settler's, and the keeper's, which is called by it
        keeper = Keeper(self._contact, settings, self._crew, self._holdings, pace, clock)
        self._settler = Settler(self._contact, settings.timeout, self._crew.outbox, self._holdings, pace, keeper, clock)
        unasked = Contact(connect, clock, "the broker has not answered yet")
        self._poller = Poller(unasked, settings, self._crew, self._holdings, clock)
        self._state = "not running"
        self._error: BaseException | None = None  # what ended the run early

    def stop(self) -> None:
        """Finish what runs within `grace`, hand back the rest. A second call: hand back now. Any thread, any signal."""
        self._stops.put(None)

    def run(self) -> bool:
        """Until stopped; returns whether all that had been started could finish. Raises what ended it early."""
        poller = self._start(self._poller.run, "linda-poller")
        settler = self._start(self._settler.run, "linda-settler")
        self._state = ""
        while not self._told(PULSE):
            pass
        self._state = "stopping"
        log.info("stopping, %d in hand", len(self._holdings))
        finished = self._wind_down(poller)
        self._crew.outbox.put(None)
        settler.join(LAST_WORD)
        self._state = "not running"
        if self._error:
            raise self._error
        return finished

    def health(self) -> Health:
        """The truth, at any time and from any thread."""
        reason = self._state or self._poller.contact.trouble or self._contact.trouble or self._silence()
        return Health(ok=not reason, reason=reason)

    def _silence(self) -> str:
        asks_since = self._poller.asks_since
        silence = 0.0 if asks_since is None else self._clock.monotonic() - asks_since
        if silence <= self._settings.interval + LONGEST_REST:
            return ""
        return f"no answer from the broker for {silence:.0f} s"

    def _start(self, target: Callable[[], None], name: str) -> threading.Thread:
        thread = threading.Thread(target=self._guarded, args=(target,), name=name, daemon=True)
        thread.start()
        return thread

    def _guarded(self, target: Callable[[], None]) -> None:
        try:
            target()
        except BaseException as error:  # noqa: BLE001 - raised again by run(): a silent thread would be worse
            self._stops.put(error)

    def _wind_down(self, poller: threading.Thread) -> bool:
        finished = self._wait_for_end(poller)
        if not finished:
            self._crew.release_running()
        self._crew.stop()
        return finished

    def _wait_for_end(self, poller: threading.Thread) -> bool:
        give_up = self._clock.monotonic() + self._settings.grace
        while True:
            with suppress(LindaError):  # the broker is away: then nobody waits in it
                self._poller.stop()
            self._crew.give_back_all()
            poller.join(GLANCE)
            if not poller.is_alive() and self._holdings.wait_until_empty(GLANCE):
                return True
            if self._clock.monotonic() >= give_up or self._told(0):
                return False

    def _told(self, wait: float) -> bool:
        with suppress(Empty):
            self._error = self._stops.get(timeout=wait) or self._error
            return True
        return False
