"""Several worker processes under one parent, which replaces those that die."""

import logging
import os
import select
import signal
import sys
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from queue import Empty, SimpleQueue

from linda_core.backoff import exponential
from linda_core.clock import Clock
from linda_core.dispatch.dispatcher import LAST_WORD, Dispatcher
from linda_core.dispatch.health import Board, Health
from linda_core.dispatch.interrupts import STOP_SIGNALS, stopped_by_signals
from linda_core.errors import LindaError, Unsupported

log = logging.getLogger("linda.supervisor")

TICK = 0.1  # seconds between two looks at the processes
SETTLED = 10.0  # seconds after which a process counts as having lived
OVERDUE = 2 * LAST_WORD  # seconds after its grace, or after being told to end now, until a process is killed
NEWS = 1.0  # seconds between two reports of a process on its health

FINISHED, CUT_OFF, UNABLE = 0, 1, 2  # exit codes of a worker process

_pause = exponential(0.2, longest=30.0)  # before the next replacement of a process that keeps dying


@dataclass(slots=True)
class Slot:
    """One worker process, and how its predecessors fared."""

    number: int
    pid: int | None = None
    started: float = 0.0
    deaths: int = 0  # in a row, soon after the start
    rest_until: float = 0.0


class Supervisor:
    """Forks before any thread exists; each child makes its own dispatcher, which connects its own broker."""

    def __init__(self, make: Callable[[], Dispatcher], processes: int, grace: float, clock: Clock) -> None:
        if not hasattr(os, "fork"):
            raise Unsupported("several worker processes need fork, which this platform has not; start several programs")
        self._make = make
        self._slots = [Slot(number) for number in range(processes)]
        self._grace = grace
        self._clock = clock
        self._stops: SimpleQueue[None] = SimpleQueue()  # its put may be called in a signal handler
        self._parent = os.getpid()
        self._alive_pipe = os.pipe()  # closes with this process, however it ends
        self._board = Board(processes, clock)
        self._dispatcher: Dispatcher | None = None  # in a child, its own
        self._finished = True
        self._unable = False

    def stop(self) -> None:
        """Pass the stop on to every process: finish within `grace`; a second call: now. Any thread, any signal.

        In a worker process, where a handler may call it: the same, by way of the parent.
        """
        if not self._dispatcher:
            self._stops.put(None)
        elif os.getppid() == self._parent:  # else it has ended, and this process is ending for that reason
            os.kill(self._parent, signal.SIGTERM)

    def health(self) -> Health:
        """Whether every process consumes jobs; in a worker process, whether that one does."""
        if self._dispatcher:
            return self._dispatcher.health()
        down = "a worker process is down"
        reasons = [self._board.read(slot.number) if slot.pid else down for slot in self._slots]
        return Health(ok=not any(reasons), reason="; ".join(sorted({reason for reason in reasons if reason})))

    def run(self) -> bool:
        """Until stopped; returns whether every process could finish what it had started."""
        try:
            while not (self._stop_requested() or self._unable):
                for slot in self._slots:
                    self._watch(slot)
            self._end_all()
        finally:
            for end in self._alive_pipe:
                os.close(end)
        if self._unable:
            raise LindaError("a worker process cannot run; its log says why")
        return self._finished

    def _stop_requested(self) -> bool:
        with suppress(Empty):
            self._stops.get(timeout=TICK)
            return True
        return False

    def _watch(self, slot: Slot) -> None:
        now = self._clock.monotonic()
        if slot.pid is None:
            if now >= slot.rest_until:
                self._start(slot)
            return
        code = self._reap(slot)
        if code == UNABLE:
            self._unable = True
        elif code is not None:
            slot.deaths = 0 if now - slot.started > SETTLED else slot.deaths + 1
            log.error("a worker process ended with %d; its jobs come back with their leases; replacing it", code)
            self._rest(slot)

    def _rest(self, slot: Slot) -> None:
        slot.rest_until = self._clock.monotonic() + (_pause(slot.deaths) if slot.deaths else 0)

    def _end_all(self) -> None:
        """Every process has its grace, and what hangs is killed: a stop always comes to an end."""
        self._signal_all(signal.SIGTERM)
        give_up = self._clock.monotonic() + self._grace + OVERDUE
        while any(slot.pid for slot in self._slots):
            if self._stop_requested():
                self._signal_all(signal.SIGTERM)
                give_up = min(give_up, self._clock.monotonic() + OVERDUE)
            if self._clock.monotonic() > give_up:
                log.error("killing what did not stop; its jobs come back with their leases")
                self._signal_all(signal.SIGKILL)
            for slot in self._slots:
                self._reap(slot)

    def _start(self, slot: Slot) -> None:
        slot.started = self._clock.monotonic()
        _flush()  # what is buffered now would be written by the child as well
        self._board.post(slot.number, "a worker process has just been started")
        # Until the child has handlers of its own: a signal that comes in between must not be lost.
        before = signal.pthread_sigmask(signal.SIG_BLOCK, STOP_SIGNALS)
        try:
            pid = os.fork()
            if pid == 0:
                self._become_worker(slot.number)
            slot.pid = pid
        except OSError as error:  # no memory, or no more processes allowed
            log.error("cannot start a worker process, will try again: %s", error)
            slot.deaths += 1
            self._rest(slot)
        finally:
            signal.pthread_sigmask(signal.SIG_SETMASK, before)

    def _reap(self, slot: Slot) -> int | None:
        """The exit code of a process that has ended, negative for a signal; None while it runs."""
        if slot.pid is None:
            return None
        try:
            pid, status = os.waitpid(slot.pid, os.WNOHANG)
        except ChildProcessError:  # the program ignores SIGCHLD, so the system has reaped it
            pid, status = slot.pid, CUT_OFF << 8
        if not pid:
            return None
        slot.pid = None
        code = os.waitstatus_to_exitcode(status)
        self._finished = self._finished and code == FINISHED
        return code

    def _signal_all(self, number: signal.Signals) -> None:
        for slot in self._slots:
            if slot.pid:
                with suppress(ProcessLookupError):
                    os.kill(slot.pid, number)

    def _become_worker(self, number: int) -> None:
        """In the child; never returns. A terminal's INT reaches every process, so the parent's word alone counts."""
        code = UNABLE
        try:
            signal.signal(signal.SIGINT, signal.SIG_IGN)
            os.close(self._alive_pipe[1])
            self._dispatcher = self._make()
            code = FINISHED if self._dispatch(self._dispatcher, number) else CUT_OFF
        except LindaError as error:
            log.error("cannot run: %s", error)
        except BaseException:
            log.exception("worker process failed")
            code = CUT_OFF
        finally:
            logging.shutdown()
            _flush()
            os._exit(code)

    def _dispatch(self, dispatcher: Dispatcher, number: int) -> bool:
        report = threading.Thread(target=self._report, args=(dispatcher, number), name="linda-parent", daemon=True)
        with stopped_by_signals(dispatcher.stop):
            signal.pthread_sigmask(signal.SIG_UNBLOCK, STOP_SIGNALS)
            report.start()
            return dispatcher.run()

    def _report(self, dispatcher: Dispatcher, number: int) -> None:
        """Tells the parent how this process fares, and ends it with its parent."""
        alive = self._alive_pipe[0]
        while not select.select([alive], [], [], NEWS)[0]:  # readable when the parent's end is closed
            self._board.post(number, dispatcher.health().reason)
        os.kill(os.getpid(), signal.SIGTERM)


def _flush() -> None:
    for stream in (sys.stdout, sys.stderr):
        with suppress(AttributeError, OSError, ValueError):  # there may be none, or a closed one
            stream.flush()
