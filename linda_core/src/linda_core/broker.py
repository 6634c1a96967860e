"""What users hold: one API over every driver."""

from collections.abc import Iterable, Sequence
from functools import partial
from types import TracebackType
from typing import Any, Self

from linda_core import arguments, envelope
from linda_core.capabilities import Capabilities, Limits
from linda_core.clock import SYSTEM_CLOCK, Clock
from linda_core.driver import (
    NORMAL_PRIORITY,
    Buries,
    Counts,
    Driver,
    Entry,
    Lists,
    Peeks,
    Promotes,
    Purges,
    Tallies,
    Touches,
)
from linda_core.errors import BrokerClosed, BrokerError, Unsupported
from linda_core.job import Job
from linda_core.lifecycle import State
from linda_core.link import Link
from linda_core.reservation import TAKING_LEASE, hand_back, let_go, receive, renew, sighted
from linda_core.settlement import settle
from linda_core.url import BrokerURL


def new_broker(url: str, *, require: Iterable[type[Any]] = (), clock: Clock = SYSTEM_CLOCK) -> "Broker":
    """Connect to the broker that `url` names; its scheme picks the adapter.

    `require` names abilities (`linda_core.driver.Touches`, …) the program cannot do without. Raises
    UnknownScheme, InvalidURL, Unsupported, or BrokerUnavailable when the server cannot be reached.
    """
    broker = Broker(url, clock=clock)
    for ability in require:
        if not broker.supports(ability):
            broker.close()
            raise Unsupported(f"{broker.url} has no ability {ability.__name__!r}, which this program requires")
    return broker


class Broker:
    """A connection to one broker, whatever it is. May be used from many threads, and after a fork.

    Every verb may raise BrokerUnavailable (nothing was done), ConnectionLost (the outcome is unknown),
    BrokerClosed, and for bad arguments InvalidArgument or LimitExceeded, both before any I/O. Verbs on a reserved
    job raise LeaseLost, and change nothing, when the job is not the caller's any more. Durations are seconds.
    """

    def __init__(self, url: str, *, clock: Clock = SYSTEM_CLOCK) -> None:
        self.url = BrokerURL.parse(url)
        self.clock = clock
        self._link = Link(self.url, clock)

    @classmethod
    def connect(cls, url: str) -> Self:
        """The same as `new_broker(url)`."""
        return cls(url)

    def close(self) -> None:
        """Wake waiting pops, hand back what they had just taken, give up the connections. Twice is fine."""
        self._link.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"<Broker {self.url}{' closed' if self._link.closed else ''}>"

    @property
    def capabilities(self) -> Capabilities:
        """What this server, as configured, can do."""
        return self._link.driver.capabilities

    @property
    def limits(self) -> Limits:
        """This server's limits, as read from it where it tells."""
        return self._link.driver.limits

    @property
    def server(self) -> str:
        """The server's name and version."""
        return self._link.driver.server

    def supports(self, ability: type[Any]) -> bool:
        """Whether this broker has an ability such as `linda_core.driver.Touches`."""
        return self._link.supports(ability)

    def wake(self) -> None:
        """Make every pop that waits now return with what it has. Any thread may call it."""
        with self._link.call(Driver, "wake") as driver:
            driver.wake()

    # In

    def push(self, job: Job, queue: str, *, priority: int = NORMAL_PRIORITY) -> None:
        """Make `job` ready in `queue`. When this returns, the server has it.

        `priority`: 0 is the most urgent, 2**32 - 1 the least; Unsupported where the broker has none.
        """
        self.push_many((job,), queue, priority=priority)

    def later(self, delay: float, job: Job, queue: str, *, priority: int = NORMAL_PRIORITY) -> None:
        """The same, ready `delay` seconds from now and never earlier."""
        self.push_many((job,), queue, delay=delay, priority=priority)

    def push_many(self, jobs: Iterable[Job], queue: str, *, delay: float = 0, priority: int = NORMAL_PRIORITY) -> None:
        """Push many jobs in few round trips. After ConnectionLost any part of them may have arrived."""
        arguments.queue_name(queue)
        delay = arguments.delay(delay, self.limits, self.url)
        arguments.priority(priority, self.capabilities, self.url)
        jobs = list(jobs)
        limits = self.limits
        bodies = [arguments.body(envelope.encode(job, queue), limits, self.url, job.id) for job in jobs]
        for start in range(0, len(jobs), limits.batch):
            some = slice(start, start + limits.batch)
            entries = [Entry(job.id, body, priority) for job, body in zip(jobs[some], bodies[some], strict=True)]
            with self._link.call(Driver, f"push to {queue!r}") as driver:
                driver.push(queue, entries, delay)
        for job in jobs:
            if job.state is not State.RESERVED:  # a running job pushed on elsewhere is still held here
                job.queue, job.state = queue, State.DELAYED if delay else State.READY

    # Out

    def pop(self, queue: str | Sequence[str], timeout: float, *, wait: float = 0) -> Job | None:
        """Reserve one job for `timeout` seconds, waiting up to `wait` seconds for one.

        `timeout=0` takes the job for good: it is deleted before it is returned. Several queues are tried in the
        order given. What cannot be decoded is buried with its reason and passed over.
        """
        jobs = self.pop_many(queue, timeout, 1, wait=wait)
        return jobs[0] if jobs else None

    def pop_many(self, queue: str | Sequence[str], timeout: float, limit: int, *, wait: float = 0) -> list[Job]:
        """Reserve up to `limit` jobs: what is there now, or the first that come within `wait` seconds."""
        queues = arguments.queue_names(queue)
        lease = arguments.lease(timeout, self.limits, self.url)
        limit = arguments.limit(limit)
        give_up = self.clock.monotonic() + arguments.wait(wait)
        jobs: list[Job] = []
        while len(jobs) < limit:
            wanted = min(limit - len(jobs), self.limits.batch)
            patience = 0.0 if jobs else max(0.0, give_up - self.clock.monotonic())
            try:
                with self._link.call(Driver, f"pop from {', '.join(map(repr, queues))}") as driver:
                    deliveries = driver.reserve(queues, wanted, lease or TAKING_LEASE, patience)
                    if self._link.closed:
                        hand_back(driver, deliveries)
                        break
                    jobs += receive(driver, deliveries, lease, self._link, self.clock.time())
            except (BrokerError, BrokerClosed):
                if not jobs:
                    raise
                break  # those taken so far must reach the caller; the next call will find the trouble again
            if not deliveries or (jobs and len(deliveries) < wanted):
                break
        return jobs

    # Settling

    def delete(self, queue: str, job: Job) -> None:
        """The job is done: remove it for good."""
        self.delete_many(queue, (job,))

    def delete_many(self, queue: str, jobs: Iterable[Job]) -> None:
        """Remove many; LeaseLost names in `.jobs` those that were not the caller's, the rest are removed."""
        gone = partial(let_go, state=None)
        settle(self._link, Driver, "delete", queue, jobs, lambda driver, held: driver.delete(queue, held), gone)

    def release(self, queue: str, job: Job) -> None:
        """Give the job back; it is ready at once."""
        self.release_many(queue, (job,))

    def release_with_delay(self, queue: str, job: Job, delay: float) -> None:
        """Give the job back; it is ready `delay` seconds from now. A handler that ends so is a cron job."""
        self.release_many(queue, (job,), delay=delay)

    def release_many(self, queue: str, jobs: Iterable[Job], *, delay: float = 0) -> None:
        """Give many back, all with the same delay."""
        delay = arguments.delay(delay, self.limits, self.url)
        back = partial(let_go, state=State.DELAYED if delay else State.READY)
        settle(
            self._link, Driver, "release", queue, jobs, lambda driver, held: driver.release(queue, held, delay), back
        )

    def bury(self, queue: str, job: Job, reason: str = "") -> None:
        """Set the job aside until somebody kicks it; `reason` stays with it."""
        settle(
            self._link,
            Buries,
            "bury",
            queue,
            (job,),
            lambda driver, held: driver.bury(queue, held, reason),
            partial(let_go, state=State.BURIED),
        )
        job.reason = reason

    def touch(self, queue: str, job: Job, timeout: float | None = None) -> None:
        """Start a new lease from now, of `timeout` seconds or the same length as before."""
        self.touch_many(queue, (job,), job.timeout if timeout is None else timeout)

    def touch_many(self, queue: str, jobs: Iterable[Job], timeout: float) -> None:
        """Give many reserved jobs a new lease of `timeout` seconds each."""
        lease = arguments.touch(timeout, self.limits, self.url)
        settle(
            self._link,
            Touches,
            "touch",
            queue,
            jobs,
            lambda driver, held: driver.touch(queue, held, lease),
            partial(renew, lease=lease, deadline=self.clock.time() + lease),
        )

    # Operating

    def migrate_expired_jobs(self, queue: str) -> int:
        """Move due jobs and expired leases to READY now; returns how many. Safe from everywhere at once.

        Nothing depends on it, since every pop does the same; brokers with timers of their own return 0.
        """
        arguments.queue_name(queue)
        with self._link.call(Driver, f"migrate {queue!r}") as driver:
            return driver.promote(queue) if isinstance(driver, Promotes) else 0

    def kick(self, queue: str, limit: int) -> int:
        """Make up to `limit` buried jobs ready, oldest first; returns how many."""
        arguments.queue_name(queue)
        arguments.limit(limit)
        with self._link.call(Buries, f"kick {queue!r}") as driver:
            return driver.kick(queue, limit)

    def counts(self, queue: str) -> Counts:
        """How many jobs are ready, delayed, reserved and buried; None where the server cannot tell."""
        arguments.queue_name(queue)
        with self._link.call(Tallies, f"counts of {queue!r}") as driver:
            return driver.counts(queue)

    def peek(self, queue: str, state: State | str, limit: int) -> list[Job]:
        """Look at up to `limit` jobs of one state without taking them, in the order they would leave it."""
        arguments.queue_name(queue)
        arguments.limit(limit)
        state = arguments.state(state)
        with self._link.call(Peeks, f"peek at {queue!r}") as driver:
            sightings = driver.peek(queue, state, limit)
        now = self.clock.time()
        return [sighted(sighting, queue, state, now) for sighting in sightings]

    def queues(self) -> list[str]:
        """The names of all queues that hold a job, sorted."""
        with self._link.call(Lists, "queues") as driver:
            return sorted(driver.queues())

    def purge(self, queue: str) -> None:
        """Drop every job of `queue`, of every state."""
        arguments.queue_name(queue)
        with self._link.call(Purges, f"purge {queue!r}") as driver:
            driver.purge(queue)
