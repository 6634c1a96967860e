"""Knowing when a worker has run the last of many jobs."""

import threading
import time


class Countdown:
    """A handler that knows when the last job has run."""

    def __init__(self, jobs: int) -> None:
        self._left = jobs
        self._lock = threading.Lock()
        self._done = threading.Event()
        self._start = time.perf_counter()

    def __call__(self, _: object) -> None:
        with self._lock:
            self._left -= 1
        if not self._left:
            self._done.set()

    def wait(self) -> float:
        """Seconds from the start of the worker to the end of the last job."""
        self._done.wait(300)
        return time.perf_counter() - self._start
