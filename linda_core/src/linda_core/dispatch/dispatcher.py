"""Owns a run: starts the parts, waits for the end, and ends in good order."""

import logging
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from queue import Empty, SimpleQueue

from linda_core.broker import Broker
from linda_core.clock import Clock
from linda_core.dispatch.event_loop import EventLoop
from linda_core.dispatch.execution import Execution
from linda_core.dispatch.holdings import Holdings
from linda_core.dispatch.keeper import Keeper
from linda_core.dispatch.pace import Pace
from linda_core.dispatch.poller import REST, Poller
from linda_core.dispatch.runner import Outbox, Runner
from linda_core.dispatch.settler import Settler
from linda_core.dispatch.threads import Threads
from linda_core.errors import LindaError
from linda_core.handlers import Handlers
from linda_core.settings import Settings

log = logging.getLogger("linda.dispatcher")


@dataclass(frozen=True, slots=True)
class Health:
    """Whether jobs are being consumed, and if not, why."""

    ok: bool
    reason: str


class Dispatcher:
    """Runs jobs until told to stop. One object, one run."""

    def __init__(self, connect: Callable[[], Broker], handlers: Handlers, settings: Settings, clock: Clock) -> None:
        self._connect = connect
        self._settings = settings
        self._clock = clock
        self._stops: SimpleQueue[BaseException | None] = SimpleQueue()  # its put may be called in a signal handler
        self._outbox: Outbox = SimpleQueue()
        execution = Execution(handlers, settings, clock)
        pace = Pace(settings.concurrency)
        self._holdings = Holdings(settings.concurrency, pace)
        threads = Threads(settings.concurrency, execution, self._outbox, clock)
        event_loop = EventLoop(settings.concurrency, execution, self._outbox, clock)
        self._runners: tuple[Runner, ...] = (threads, event_loop)
        self._keeper = Keeper(connect, settings.timeout, execution, self._holdings, pace, self._runners, clock)
        self._settler = Settler(connect, self._holdings, self._outbox, pace, clock, self._keeper.keep)
        self._poller = Poller(connect, settings, execution, self._holdings, threads, event_loop, self._outbox, clock)
        self._runs = False

    def stop(self) -> None:
        """Finish what runs within `grace`, hand back the rest. A second call: hand back now. Any thread, any signal."""
        self._stops.put(None)

    def run(self) -> bool:
        """Until stopped; returns whether all that had been started could finish. Raises what ended it early."""
        poller = self._start(self._poller.run, "linda-poller")
        settler = self._start(self._settler.run, "linda-settler")
        self._runs = True
        error = self._stops.get()
        self._runs = False
        log.info("stopping: %d jobs in hand", len(self._holdings))
        finished = self._wind_down(poller)
        self._outbox.put(None)
        settler.join(REST)
        if error:
            raise error
        return finished

    def health(self) -> Health:
        """The truth, at any time and from any thread."""
        silence = self._clock.monotonic() - self._poller.last_contact
        if not self._runs:
            return Health(ok=False, reason="not running")
        if self._poller.trouble:
            return Health(ok=False, reason=self._poller.trouble)
        if silence > self._settings.interval + REST:
            return Health(ok=False, reason=f"no answer from the broker for {silence:.0f} s")
        return Health(ok=True, reason="")

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
        self._poller.stop()
        while poller.is_alive():
            self._wake()
            poller.join(0.05)
        self._keeper.hand_back()
        finished = self._wait_for_running()
        if not finished:
            self._keeper.release_running()
        for runner in self._runners:
            runner.stop()
        return finished

    def _wake(self) -> None:
        with suppress(LindaError):  # the broker is away: then nobody waits in it
            self._connect().wake()

    def _wait_for_running(self) -> bool:
        give_up = self._clock.monotonic() + self._settings.grace
        while self._clock.monotonic() < give_up:
            if self._holdings.wait_until_empty(0.05):
                return True
            try:
                self._stops.get_nowait()
                break  # the second call
            except Empty:
                continue
        return self._holdings.wait_until_empty(0)
