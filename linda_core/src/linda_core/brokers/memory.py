"""Linda in one process's memory: the reference that defines what every other broker must do.

URL: `memory://` or `memory://name`. Brokers of one process with the same name share their jobs.

Delivery: in order of priority, then of first push; a job that comes back takes its old place. Time is the
injected clock's, so that a test decides when a lease ends.

Limits: none but memory.

Not supported: other processes. A forked child is told so instead of seeing an empty copy.
"""

import heapq
import os
import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import count
from typing import NamedTuple, Self

from linda_core import driver
from linda_core.driver import Counts, Delivery, Entry, Sighting
from linda_core.lifecycle import Event, State, advance


class Receipt(NamedTuple):
    """One reservation. Its number tells it from all others, also of an earlier job that had the same id."""

    id: str
    reservation: int


@dataclass(slots=True)
class Record:
    """One stored job. `due` ends its delay or its lease, whichever it is in."""

    id: str
    body: bytes
    rank: tuple[int, int]  # priority, then age
    state: State | None
    attempts: int = 0
    reservation: int = 0
    lapses: int = 0
    due: float = 0.0
    reason: str = ""


@dataclass(slots=True)
class Queue:
    """The jobs of one queue, by id and in the orders in which time and consumers want them."""

    jobs: dict[str, Record] = field(default_factory=dict)
    ready: list[tuple[tuple[int, int], str]] = field(default_factory=list)
    timers: list[tuple[float, str]] = field(default_factory=list)  # lazily cleaned: a record's `due` is the truth
    buried: dict[str, None] = field(default_factory=dict)

    def move(self, job: Record, event: Event, due: float = 0.0) -> None:
        """Let `event` happen to `job`, as the lifecycle allows."""
        if event not in (Event.RESERVE, Event.TOUCH):
            job.lapses = job.lapses + 1 if event is Event.EXPIRE else 0
        job.state = advance(job.state, event)
        job.due = due if job.state in (State.DELAYED, State.RESERVED) else 0.0
        if job.state is State.READY:
            heapq.heappush(self.ready, (job.rank, job.id))
        elif job.state is State.BURIED:
            self.buried[job.id] = None
        elif job.state is None:
            del self.jobs[job.id]
        else:
            heapq.heappush(self.timers, (due, job.id))

    def promote(self, now: float) -> int:
        """Make ready what is due. Returns how many."""
        moved = 0
        while self.timers and self.timers[0][0] <= now:
            due, identity = heapq.heappop(self.timers)
            job = self.jobs.get(identity)
            if job and job.due == due and job.state in (State.DELAYED, State.RESERVED):
                self.move(job, Event.PROMOTE if job.state is State.DELAYED else Event.EXPIRE)
                moved += 1
        return moved

    def next_timer(self) -> float:
        """When something may become due."""
        return self.timers[0][0] if self.timers else float("inf")

    def of(self, state: State) -> list[Record]:
        """The jobs of one state, in the order in which they would leave it."""
        if state is State.BURIED:
            return [self.jobs[identity] for identity in self.buried]
        jobs = [job for job in self.jobs.values() if job.state is state]
        return sorted(jobs, key=lambda job: (job.due, job.rank))


class Store:
    """All queues of one `memory://name`, and the lock that every connection to it takes."""

    def __init__(self) -> None:
        self.changed = threading.Condition()
        self.queues: dict[str, Queue] = {}
        self.ages = count()
        self.reservations = count(1)
        self.process = os.getpid()

    def queue(self, name: str) -> Queue:
        """The queue of that name, made on first use."""
        return self.queues.setdefault(name, Queue())


_stores: dict[tuple[str, driver.Clock], Store] = {}
_stores_lock = threading.Lock()


class MemoryDriver(
    driver.Driver[Receipt],
    driver.Touches[Receipt],
    driver.Buries[Receipt],
    driver.Promotes,
    driver.Tallies,
    driver.Peeks,
    driver.Lists,
    driver.Purges,
):
    """Every verb under one lock, every move through `linda_core.lifecycle`."""

    capabilities = driver.Capabilities(
        durability=driver.Durability.NONE,
        lease=driver.LeaseSource.RESERVE,
        order=driver.Order.FIFO,
        on_release=driver.Return.FRONT,
        receipts=driver.Receipts.PORTABLE,
        priority=True,
        shared=False,
        idempotent_push=True,
    )
    server = "memory"

    def __init__(self, store: Store, clock: driver.Clock) -> None:
        self._store = store
        self._clock = clock
        self._wakes = 0

    @classmethod
    def connect(cls, url: driver.BrokerURL, clock: driver.Clock) -> Self:
        url.options_as(NoOptions)
        with _stores_lock:
            store = _stores.setdefault((url.host or "", clock), Store())
        if store.process != os.getpid():
            raise driver.BrokerUnavailable(
                f"{url}: these jobs live in process {store.process} and cannot be reached from a forked child; "
                "use sqlite:///linda.db for several processes"
            )
        return cls(store, clock)

    def push(self, queue: str, entries: Sequence[Entry], delay: float) -> None:
        with self._store.changed:
            jobs = self._store.queue(queue)
            due = self._clock.time() + delay if delay else 0.0
            for entry in entries:
                if entry.id not in jobs.jobs:
                    job = Record(entry.id, entry.body, (entry.priority, next(self._store.ages)), None)
                    jobs.jobs[entry.id] = job
                    jobs.move(job, Event.LATER if delay else Event.PUSH, due)
            self._store.changed.notify_all()

    def reserve(self, queues: Sequence[str], limit: int, lease: float, wait: float) -> Sequence[Delivery[Receipt]]:
        give_up = self._clock.monotonic() + wait
        with self._store.changed:
            wakes = self._wakes
            while True:
                deliveries = list(self._take(queues, limit, lease))
                left = give_up - self._clock.monotonic()
                if deliveries or left <= 0 or wakes != self._wakes:
                    return deliveries
                due = min(self._store.queue(name).next_timer() for name in queues)
                self._clock.wait(self._store.changed, min(left, max(0.0005, due - self._clock.time())))

    def _take(self, queues: Sequence[str], limit: int, lease: float) -> Iterator[Delivery[Receipt]]:
        now = self._clock.time()
        for name in queues:
            queue = self._store.queue(name)
            queue.promote(now)
            while queue.ready and limit:
                job = queue.jobs[heapq.heappop(queue.ready)[1]]
                job.attempts += 1
                job.reservation = next(self._store.reservations)
                queue.move(job, Event.RESERVE, now + lease)
                limit -= 1
                receipt = Receipt(job.id, job.reservation)
                yield Delivery(name, job.id, job.body, job.attempts, receipt, job.lapses)

    def delete(self, queue: str, receipts: Sequence[Receipt]) -> Sequence[int]:
        return self._settle(queue, receipts, Event.DELETE)

    def release(self, queue: str, receipts: Sequence[Receipt], delay: float) -> Sequence[int]:
        event = Event.RELEASE_WITH_DELAY if delay else Event.RELEASE
        return self._settle(queue, receipts, event, delay)

    def touch(self, queue: str, receipts: Sequence[Receipt], lease: float) -> Sequence[int]:
        return self._settle(queue, receipts, Event.TOUCH, lease)

    def bury(self, queue: str, receipts: Sequence[Receipt], reason: str) -> Sequence[int]:
        return self._settle(queue, receipts, Event.BURY, reason=reason)

    def _settle(
        self, name: str, receipts: Sequence[Receipt], event: Event, seconds: float = 0.0, reason: str = ""
    ) -> Sequence[int]:
        refused: list[int] = []
        with self._store.changed:
            queue = self._store.queue(name)
            now = self._clock.time()
            for position, receipt in enumerate(receipts):
                job = queue.jobs.get(receipt.id)
                if job and job.state is State.RESERVED and job.reservation == receipt.reservation and now < job.due:
                    job.reason = reason
                    queue.move(job, event, now + seconds)
                else:
                    refused.append(position)
            self._store.changed.notify_all()
        return refused

    def kick(self, queue: str, limit: int) -> int:
        with self._store.changed:
            jobs = self._store.queue(queue)
            kicked = list(jobs.buried)[:limit]
            for identity in kicked:
                del jobs.buried[identity]
                jobs.jobs[identity].reason = ""
                jobs.move(jobs.jobs[identity], Event.KICK)
            self._store.changed.notify_all()
        return len(kicked)

    def promote(self, queue: str) -> int:
        with self._store.changed:
            moved = self._store.queue(queue).promote(self._clock.time())
            self._store.changed.notify_all()
        return moved

    def counts(self, queue: str) -> Counts:
        with self._store.changed:
            jobs = self._store.queue(queue)
            jobs.promote(self._clock.time())
            states = [job.state for job in jobs.jobs.values()]
        return Counts(
            ready=states.count(State.READY),
            delayed=states.count(State.DELAYED),
            reserved=states.count(State.RESERVED),
            buried=states.count(State.BURIED),
        )

    def peek(self, queue: str, state: State, limit: int) -> Sequence[Sighting]:
        with self._store.changed:
            jobs = self._store.queue(queue)
            jobs.promote(self._clock.time())
            return [
                Sighting(job.id, job.body, job.attempts, job.due or None, job.reason) for job in jobs.of(state)[:limit]
            ]

    def queues(self) -> Sequence[str]:
        with self._store.changed:
            return [name for name, queue in self._store.queues.items() if queue.jobs]

    def purge(self, queue: str) -> None:
        with self._store.changed:
            self._store.queues.pop(queue, None)

    def wake(self) -> None:
        with self._store.changed:
            self._wakes += 1
            self._store.changed.notify_all()

    def close(self) -> None:
        """Nothing to give up: the jobs stay with the process."""


@dataclass(frozen=True)
class NoOptions:
    """memory:// takes none."""
