"""How the kit looks at a broker: what must come, what must not, and when, in the words of the contract."""

from collections import Counter
from collections.abc import Sequence

from linda_core.broker import Broker
from linda_core.conformance.harness import Harness
from linda_core.driver import Driver, Entry
from linda_core.job import Job, new_job_id

#: A lease that no test outlives unless it means to.
HOLD = 600.0
#: What adding floating-point seconds to the present may be off by.
ROUNDING = 1e-6


class Watch:
    """Takes jobs for a test, and fails it where the broker breaks its word."""

    def __init__(self, harness: Harness, broker: Broker) -> None:
        self._harness = harness
        self._clock = broker.clock
        self._late = harness.patience + broker.limits.lease_step + broker.limits.delay_step

    def now(self) -> float:
        """Seconds, on the clock of the brokers under test."""
        return self._clock.monotonic()

    def take(self, broker: Broker, queue: str | Sequence[str], lease: float = HOLD) -> Job:
        """The job that must be there."""
        job = broker.pop(queue, lease, wait=self._harness.patience)
        assert job is not None, f"a job that was ready in {queue!r} was not handed out"
        return job

    def take_many(self, broker: Broker, queue: str, number: int, lease: float = HOLD) -> list[Job]:
        """As many jobs as must be there."""
        jobs: list[Job] = []
        while len(jobs) < number:
            some = broker.pop_many(queue, lease, number - len(jobs), wait=self._harness.patience)
            assert some, f"{number} jobs were ready in {queue!r}, but only {len(jobs)} were handed out"
            jobs += some
        assert len(jobs) == number, f"{number} jobs were asked for, {len(jobs)} were handed out"
        return jobs

    def nothing(self, broker: Broker, queue: str | Sequence[str], because: str) -> None:
        """Nobody may have a job of `queue` now; `because` completes "was handed out, although …"."""
        job = broker.pop(queue, HOLD, wait=self._harness.glance)
        assert job is None, f"job {job.id} was handed out (attempt {job.attempts}), although {because}"

    def comes(self, broker: Broker, queue: str | Sequence[str], due: float, lease: float = HOLD) -> Job:
        """The job that must come at `due` on `now()`'s clock, never earlier, and soon after."""
        while (job := broker.pop(queue, lease)) is None:
            late = self.now() - due
            assert late <= self._late, f"a job due in {queue!r} has not come back {late:.3f} s later"
            self._harness.elapse(0.002 if late >= 0 else max(-late / 2, 0.0002))
        early = due - self.now()
        assert early <= ROUNDING, f"job {job.id} was handed out {early:.3f} s early"
        return job

    def push_raw(self, broker: Broker, queue: str, body: bytes) -> None:
        """A body as a foreign producer might send it."""
        with broker._link.call(Driver, f"push to {queue!r}") as driver:
            driver.push(queue, [Entry(new_job_id(), body)], 0)

    def drain(self, broker: Broker, queue: str, least: int = 0) -> list[Job]:
        """Every job that is ready, once there have been the `least` that must come, which may be a little late."""
        jobs: list[Job] = []
        patience, glance = self._harness.patience, self._harness.glance
        while some := broker.pop_many(queue, HOLD, 100, wait=patience if len(jobs) < least else glance):
            jobs += some
            job, times = Counter(job.id for job in jobs).most_common(1)[0]
            assert times < 10, f"job {job} is handed out again and again while its lease runs"
        return jobs
