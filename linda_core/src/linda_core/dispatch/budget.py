"""How many failures to count against a job.

A broker counts how often a job was handed out, which for an ordinary job is how often it was tried. What this process
handed back without trying it does not count, nor do deliveries that ended with their worker, as far as the broker
tells. A periodic job, whose handler ends with `release_with_delay`, is handed out for ever without failing: for it,
failures in a row count, as far as this process has seen them. Which jobs are periodic is learnt from what their
handlers do, and from a number of attempts that an ordinary job cannot reach, because it is buried before. In between
is one attempt, number `max_attempts`, of which a process that has seen neither cannot tell; then the job is taken for
an ordinary one. `max_attempts=None` leaves nothing to be learnt.
"""

import threading
from collections.abc import Iterable

from linda_core.job import Job

MOST = 10_000  # jobs remembered; the oldest are forgotten


class Budget:
    """Failures per job. Used by every runner of a process at once."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._periodic: set[str] = set()
        self._failures: dict[str, int] = {}  # in a row
        self._unspent: dict[str, int] = {}  # deliveries that are nobody's failure

    def released_itself(self, job: Job) -> None:
        """Its handler ended well, and put the job back for another time."""
        with self._lock:
            self._periodic.add(job.name)
            self._failures.pop(job.id, None)

    def untried(self, jobs: Iterable[Job]) -> None:
        """These were handed out, and go back without having been started."""
        with self._lock:
            for job in jobs:
                _count(self._unspent, job.id)

    def failed(self, job: Job, max_attempts: int | None) -> int:
        """Count one more failure; returns how many count towards `max_attempts`."""
        with self._lock:
            in_a_row = _count(self._failures, job.id)
            if job.lapses:
                _count(self._unspent, job.id, job.lapses)
            if max_attempts is None or job.attempts > max_attempts or job.name in self._periodic:
                return in_a_row
            return job.attempts - self._unspent.get(job.id, 0)


def _count(counter: dict[str, int], identity: str, more: int = 1) -> int:
    number = counter.pop(identity, 0) + more
    counter[identity] = number
    if len(counter) > MOST:
        del counter[next(iter(counter))]
    return number
