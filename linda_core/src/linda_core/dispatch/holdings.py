"""The jobs this process holds leases on, and how many more it may ask for."""

import threading
from collections.abc import Iterable

from linda_core.dispatch.pace import Pace
from linda_core.job import Job


class Holdings:
    """Filled by the poller, emptied by the settler. A job stays until its end is known to the broker."""

    def __init__(self, concurrency: int, pace: Pace) -> None:
        self._concurrency = concurrency
        self._pace = pace
        self._jobs: set[Job] = set()  # each operation on it is atomic
        self._changed = threading.Condition()

    def __len__(self) -> int:
        return len(self._jobs)

    def jobs(self) -> list[Job]:
        """All of them, in no order."""
        return list(self._jobs)

    def add(self, jobs: Iterable[Job]) -> None:
        """These were reserved."""
        self._jobs.update(jobs)

    def drop(self, jobs: Iterable[Job]) -> None:
        """These are settled, or lost."""
        self._jobs.difference_update(jobs)
        self.notify()

    def notify(self) -> None:
        """Let those who wait look again."""
        with self._changed:
            self._changed.notify_all()

    def room(self) -> int:
        """How many jobs to reserve now: one for each idle runner, and a stock once half of it is used up."""
        ahead = self._pace.ahead
        wanted = self._concurrency + ahead - len(self._jobs)
        return wanted if wanted > ahead // 2 else 0

    def wait_for_room(self, seconds: float) -> int:
        """Wait until there is room, at most so long; returns how much."""
        with self._changed:
            if not self.room():
                self._changed.wait(seconds)
        return self.room()

    def wait_until_empty(self, seconds: float) -> bool:
        """Wait until nothing is held, at most so long; returns whether that is so."""
        with self._changed:
            if self._jobs:
                self._changed.wait(seconds)
        return not self._jobs
