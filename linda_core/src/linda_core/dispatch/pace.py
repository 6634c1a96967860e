"""How many jobs to hold in stock: a few tens of milliseconds of work at the speed just measured."""

HORIZON = 0.05  # seconds of work worth holding ahead of the runners
TOO_LONG = 0.5  # seconds of work that are too much to hold, when jobs turn out to be slower than they were
MOST = 1000  # jobs held ahead, however fast they are
WEIGHT = 0.05  # of each new measurement


class Pace:
    """A moving average of run times, and the stock it justifies. Before the first measurement: none."""

    def __init__(self, concurrency: int) -> None:
        self._concurrency = concurrency
        self._seconds_per_job: float | None = None

    def measured(self, seconds: float, jobs: int) -> None:
        """`jobs` jobs ran for `seconds` in total."""
        mean = seconds / jobs
        before = mean if self._seconds_per_job is None else self._seconds_per_job
        self._seconds_per_job = mean + (before - mean) * (1 - WEIGHT) ** jobs

    def stalled(self) -> None:
        """No runner came back within the horizon: what was measured no longer holds."""
        self._seconds_per_job = None

    @property
    def ahead(self) -> int:
        """Jobs to hold beyond those that run."""
        return self._within(HORIZON)

    def surplus(self, stock: int) -> int:
        """How many of `stock` jobs would have to wait for too long."""
        measured = self._seconds_per_job is not None
        return stock - self.ahead if measured and stock > self._within(TOO_LONG) else 0

    def _within(self, seconds: float) -> int:
        if self._seconds_per_job is None:
            return 0
        return int(min(MOST * seconds / HORIZON, self._concurrency * seconds / max(self._seconds_per_job, 1e-9)))
