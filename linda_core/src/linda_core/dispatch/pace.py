"""How many jobs to hold in stock: a few tens of milliseconds of work at the speed just measured."""

HORIZON = 0.05  # seconds of work worth holding ahead of the runners
TOO_LONG = 0.5  # seconds of work that are too much to hold, when jobs turn out to be slower than they were
MOST = 1000  # jobs held ahead, however fast they are
WEIGHT = 0.05  # of each new measurement
SLOW = 4  # times the mean: a job that runs for longer than that tells nothing about when its slot will be free
SLOWEST = 0.2  # seconds a job may run, whatever the mean, before that is said of it


class Pace:
    """A moving average of run times, and the stock it justifies. Before the first measurement: none."""

    def __init__(self, concurrency: int) -> None:
        self._concurrency = concurrency
        self._slots = concurrency
        self._seconds_per_job: float | None = None

    def measured(self, seconds: float, jobs: int) -> None:
        """`jobs` jobs ran for `seconds` in total."""
        mean = seconds / jobs
        before = mean if self._seconds_per_job is None else self._seconds_per_job
        self._seconds_per_job = mean + (before - mean) * (1 - WEIGHT) ** jobs

    def stuck(self, slots: int) -> None:
        """So many of the slots for running jobs are not to be counted on."""
        self._slots = max(0, self._concurrency - slots)

    @property
    def slow(self) -> float:
        """Seconds after which a slot whose job still runs is stuck."""
        return max(SLOWEST, SLOW * (self._seconds_per_job or 0))

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
        return int(min(MOST * seconds / HORIZON, self._slots * seconds / max(self._seconds_per_job, 1e-9)))
