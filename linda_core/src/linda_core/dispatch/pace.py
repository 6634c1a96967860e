"""How many jobs to hold in stock: a few tens of milliseconds of work at the speed just measured."""

HORIZON = 0.05  # seconds of work worth holding ahead of the runners
MOST = 1000  # jobs held ahead, however fast they are
WEIGHT = 0.3  # of the newest measurement


class Pace:
    """A moving average of run times, and the stock it justifies. Before the first measurement: none."""

    def __init__(self, concurrency: int) -> None:
        self._concurrency = concurrency
        self._seconds_per_job: float | None = None

    def measured(self, seconds: float, jobs: int) -> None:
        """`jobs` jobs ran for `seconds` in total."""
        mean = seconds / jobs
        before = mean if self._seconds_per_job is None else self._seconds_per_job
        self._seconds_per_job = before + WEIGHT * (mean - before)

    def stalled(self) -> None:
        """No runner came back within the horizon: what was measured no longer holds."""
        self._seconds_per_job = None

    @property
    def ahead(self) -> int:
        """Jobs to hold beyond those that run."""
        if self._seconds_per_job is None:
            return 0
        return int(min(MOST, self._concurrency * HORIZON / max(self._seconds_per_job, 1e-9)))
