"""Several worker processes under one parent, which replaces those that die."""

import logging
import os
import signal
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from queue import Empty, SimpleQueue

from linda_core.clock import Clock
from linda_core.dispatch.dispatcher import Health
from linda_core.errors import LindaError, Unsupported

log = logging.getLogger("linda.supervisor")

TICK = 0.1  # seconds between two looks at the processes
REST = 30.0  # seconds before the next replacement of processes that keep dying, at most
SETTLED = 10.0  # seconds after which a process counts as having lived

FINISHED, CUT_OFF, UNABLE = 0, 1, 2  # exit codes of a worker process


@dataclass(slots=True)
class Slot:
    """One worker process, and how its predecessors fared."""

    pid: int | None = None
    started: float = 0.0
    deaths: int = 0  # in a row, soon after the start
    rest_until: float = 0.0


class Supervisor:
    """Forks before any thread exists; each child runs `work` alone and connects its own broker."""

    def __init__(self, work: Callable[[], bool], processes: int, clock: Clock) -> None:
        if not hasattr(os, "fork"):
            raise Unsupported("several worker processes need fork, which this platform has not; start several programs")
        self._work = work
        self._slots = [Slot() for _ in range(processes)]
        self._clock = clock
        self._stops: SimpleQueue[None] = SimpleQueue()  # its put may be called in a signal handler
        self._alive_pipe = os.pipe()  # closes with this process, however it ends
        self._finished = True

    def stop(self) -> None:
        """Pass the stop on to every process: finish within `grace`; a second call: now. Any thread, any signal."""
        self._stops.put(None)

    def run(self) -> bool:
        """Until stopped; returns whether every process could finish what it had started."""
        while not self._stop_requested():
            for slot in self._slots:
                self._watch(slot)
        self._signal_all()
        while any(slot.pid for slot in self._slots):
            if self._stop_requested():
                self._signal_all()
            for slot in self._slots:
                self._reap(slot)
        return self._finished

    def health(self) -> Health:
        """Whether every process lives."""
        missing = sum(1 for slot in self._slots if not slot.pid)
        return Health(ok=not missing, reason=f"{missing} worker processes are down" if missing else "")

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
        if code is None:
            return
        if code == UNABLE:
            self._signal_all()
            raise LindaError("a worker process cannot run; its log says why")
        slot.deaths = 0 if now - slot.started > SETTLED else slot.deaths + 1
        slot.rest_until = now + (min(REST, 0.1 * 2**slot.deaths) if slot.deaths else 0)
        log.error("a worker process ended with %d; its jobs come back with their leases; replacing it", code)

    def _start(self, slot: Slot) -> None:
        slot.started = self._clock.monotonic()
        pid = os.fork()
        if pid == 0:
            self._become_worker()
        slot.pid = pid

    def _reap(self, slot: Slot) -> int | None:
        """The exit code of a process that has ended, negative for a signal; None while it runs."""
        if slot.pid is None:
            return None
        pid, status = os.waitpid(slot.pid, os.WNOHANG)
        if not pid:
            return None
        slot.pid = None
        code = os.waitstatus_to_exitcode(status)
        self._finished = self._finished and code == FINISHED
        return code

    def _signal_all(self) -> None:
        for slot in self._slots:
            if slot.pid:
                with suppress(ProcessLookupError):
                    os.kill(slot.pid, signal.SIGTERM)

    def _become_worker(self) -> None:
        """In the child; never returns. A terminal's INT reaches every process, so the parent's word alone counts."""
        code = UNABLE
        try:
            signal.signal(signal.SIGINT, signal.SIG_IGN)
            os.close(self._alive_pipe[1])
            threading.Thread(target=self._end_with_parent, name="linda-parent", daemon=True).start()
            code = FINISHED if self._work() else CUT_OFF
        except LindaError as error:
            log.error("cannot run: %s", error)
        except BaseException:
            log.exception("worker process failed")
            code = CUT_OFF
        finally:
            logging.shutdown()
            os._exit(code)

    def _end_with_parent(self) -> None:
        os.read(self._alive_pipe[0], 1)  # returns when the parent's end is closed
        os.kill(os.getpid(), signal.SIGTERM)
