"""A record of who held which job and when, by which a crowd of consumers is judged."""

import threading
from collections import Counter

from linda_core.job import Job


class Ledger:
    """What consumers saw. Every method may be called from any thread; `broken` says which promise was not kept."""

    def __init__(self) -> None:
        self.broken: list[str] = []
        self.done: Counter[str] = Counter()
        self._lock = threading.Lock()
        self._held_until: dict[str, float] = {}

    def taken(self, job: Job, asked: float, now: float) -> None:
        """A consumer that asked at `asked` has `job` at `now`."""
        with self._lock:
            if now < self._held_until.get(job.id, 0) - 1e-6:
                self.broken.append(f"job {job.id} was handed to two consumers while its lease ran")
            self._held_until[job.id] = asked + job.timeout

    def lets_go(self, job: Job) -> None:
        """Its holder is about to settle it."""
        with self._lock:
            self._held_until.pop(job.id, None)

    def was_robbed(self, job: Job) -> None:
        """The broker refused its holder, whose lease was running."""
        with self._lock:
            self.broken.append(f"job {job.id} was taken from its holder while its lease ran")

    def was_deleted(self, job: Job) -> None:
        """The broker accepted that it is done."""
        with self._lock:
            self.done[job.id] += 1
