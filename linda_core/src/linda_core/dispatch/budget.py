"""How many failures to count against a job.

A broker counts how often a job was handed out, which for an ordinary job is how often it was tried. A periodic
job, whose handler ends with `release_with_delay`, is handed out for ever without failing: for it, failures in a
row count, as far as this process has seen them. Which jobs are periodic is learnt from what their handlers do, and
from a number of attempts that an ordinary job cannot reach, because it is buried before.
"""

from linda_core.job import Job

MOST_STREAKS = 10_000  # jobs whose failures in a row are remembered; the oldest are forgotten


class Budget:
    """Failures per job. Used by every runner of a process at once."""

    def __init__(self) -> None:
        self._periodic: set[str] = set()
        self._streaks: dict[str, int] = {}

    def released_itself(self, job: Job) -> None:
        """Its handler ended well, and put the job back for another time."""
        self._periodic.add(job.name)
        self._streaks.pop(job.id, None)

    def failed(self, job: Job, max_attempts: int | None) -> int:
        """Count one more failure; returns how many count towards `max_attempts`."""
        if not (max_attempts is None or job.attempts > max_attempts or job.name in self._periodic):
            return job.attempts
        streak = self._streaks.pop(job.id, 0) + 1
        self._streaks[job.id] = streak
        if len(self._streaks) > MOST_STREAKS:
            self._streaks.pop(next(iter(self._streaks)), None)
        return streak
