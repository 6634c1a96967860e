"""Time as a parameter: the only module that reads the machine's clocks."""

import threading
import weakref
from time import monotonic, time
from typing import Protocol


class Clock(Protocol):
    """What Linda knows of time. A test hands in its own; nothing else calls `time`."""

    def time(self) -> float:
        """Seconds since 1970, comparable between the processes of one machine."""
        ...

    def monotonic(self) -> float:
        """Seconds since some fixed moment of this process; never goes back."""
        ...

    def wait(self, condition: threading.Condition, timeout: float) -> None:
        """Wait, holding `condition`, until it is notified or `timeout` seconds have passed.

        May return early; the caller looks again at what it waits for.
        """
        ...


class SystemClock:
    """The machine's own clocks."""

    time = staticmethod(time)
    monotonic = staticmethod(monotonic)

    def wait(self, condition: threading.Condition, timeout: float) -> None:
        """Wait in real time; longer timeouts than the platform allows are cut into steps."""
        condition.wait(min(timeout, threading.TIMEOUT_MAX))


class ManualClock:
    """A clock that moves only when told to: for tests and for deterministic runs."""

    def __init__(self, start: float = 1_700_000_000.0) -> None:
        self._now = start
        self._lock = threading.Lock()
        self._waiting: list[threading.Condition] = []
        self._known: weakref.WeakSet[threading.Condition] = weakref.WeakSet()

    def time(self) -> float:
        return self._now

    def monotonic(self) -> float:
        return self._now

    def wait(self, condition: threading.Condition, timeout: float) -> None:
        """Wait until notified, or until `advance` has moved past `timeout`.

        `advance` needs the lock of every condition that ever waited here. Who holds theirs from reading the time until
        they wait misses no wake-up but, perhaps, the very first: a test looks that somebody waits, then moves the time.
        """
        if timeout <= 0:
            return
        with self._lock:
            self._waiting.append(condition)
            self._known.add(condition)
        try:
            condition.wait()
        finally:
            with self._lock:
                self._waiting.remove(condition)

    def advance(self, seconds: float) -> None:
        """Move time forward and wake everybody who waits, so that they look again."""
        self._now += seconds
        with self._lock:
            known = list(self._known)
        for condition in known:
            with condition:
                condition.notify_all()


SYSTEM_CLOCK = SystemClock()
