"""Knowing when a worker has run the last of many jobs, or that it will not."""

import threading
import time

#: Seconds in which a worker that has jobs left must run one.
_PATIENCE = 30.0


class Stalled(Exception):
    """A worker has run `ran` jobs in `seconds`, and then no more."""

    def __init__(self, ran: int, seconds: float) -> None:
        super().__init__(f"stalled after {ran} jobs")
        self.ran = ran
        self.seconds = seconds


class Countdown:
    """A handler that knows when the last job has run."""

    def __init__(self, jobs: int) -> None:
        self._jobs = self._left = jobs
        self._lock = threading.Lock()
        self._done = threading.Event()
        self._start = self._latest = time.perf_counter()

    def __call__(self, _: object) -> None:
        with self._lock:
            self._left -= 1
            self._latest = time.perf_counter()
        if not self._left:
            self._done.set()

    def wait(self) -> float:
        """Seconds from the start of the worker to the end of the last job. Raises Stalled when jobs are left."""
        left = self._left
        while not self._done.wait(_PATIENCE):
            if left == self._left:
                raise Stalled(self._jobs - left, self._latest - self._start)
            left = self._left
        return self._latest - self._start
