"""The jobs of one queue, and what becomes of them. Times are milliseconds of the log's clock; no I/O.

A job's number is the offset of its record, a reservation's that of the command that took it. Jobs that wait are kept
as bare numbers, because there may be millions.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import lru_cache
from heapq import heapify, heappop, heappush, nsmallest
from itertools import islice
from typing import Any, NamedTuple, TypeVar

from linda_kafka.calendar import Calendar
from linda_kafka.numbers import Numbers

T = TypeVar("T")


#: As many jobs are in one part of a dump.
_PART = 5000

#: As many leases that were settled may stay in the heap, beside one for each that runs.
_STALE = 1000


class Receipt(NamedTuple):
    """The right to settle a job."""

    number: int
    reservation: int


class Tries(NamedTuple):
    """How often a job was handed out, and how often in a row its lease then ran out."""

    attempts: int = 0
    lapses: int = 0


@lru_cache
def _tried(attempts: int, lapses: int = 0) -> Tries:
    """The same object for all jobs that were tried as often."""
    return Tries(attempts, lapses)


class Held(NamedTuple):
    """A reservation that runs."""

    reservation: int
    deadline: int


class Taken(NamedTuple):
    """A job as it is handed out."""

    queue: str
    number: int
    reservation: int
    tries: Tries


class Sight(NamedTuple):
    """A job as it is looked at."""

    number: int
    attempts: int
    due: int | None = None
    reason: str = ""


class Jobs:
    """Every method but the sights takes the present first and makes ready what is due by then."""

    def __init__(self, queue: str) -> None:
        self.queue = queue
        self.ready = Numbers()
        self.delayed = Calendar()
        self.held: dict[int, Held] = {}
        self.buried: dict[int, str] = {}
        self.tries: dict[int, Tries] = {}
        self._leases: list[tuple[int, int]] = []

    def copy(self) -> "Jobs":
        """The same jobs, to look at alone; they stay as they are now."""
        twin = Jobs(self.queue)
        twin.ready, twin.delayed = self.ready.copy(), self.delayed.copy()
        twin.held, twin.buried, twin.tries = self.held.copy(), self.buried.copy(), self.tries.copy()
        return twin

    def dump(self) -> Iterator[dict[str, Any]]:
        """All of it as plain data, in parts of a size that one record can have."""
        for ready in parts(self.ready):
            yield {"queue": self.queue, "ready": ready}
        for delayed in parts(self.delayed):
            yield {"queue": self.queue, "delayed": delayed}
        for held in parts((number, *held) for number, held in self.held.items()):
            yield {"queue": self.queue, "held": held}
        for tries in parts((number, *tries) for number, tries in self.tries.items()):
            yield {"queue": self.queue, "tries": tries}
        for buried in self.buried.items():  # one by one: a reason may be as long as a record
            yield {"queue": self.queue, "buried": [buried]}

    def load(self, part: Mapping[str, Any]) -> None:
        """Add what a part of a dump has. They are complete, and in order, after `settle`."""
        for number in part.get("ready", ()):
            self.ready.append(number)
        self.delayed.load(part.get("delayed", ()))
        self.held.update((number, Held(*held)) for number, *held in part.get("held", ()))
        self.tries.update((number, _tried(*tries)) for number, *tries in part.get("tries", ()))
        self.buried.update(part.get("buried", ()))

    def settle(self) -> None:
        """Make what was loaded, or has other numbers now, a queue again."""
        self._order_leases()

    def renumber(self, moved: Mapping[int, int]) -> None:
        """Jobs whose record was written again get its offset as their number; but those that somebody holds."""
        moved = {number: to for number, to in moved.items() if number not in self.held}
        self.ready.replace(moved)
        self.delayed.replace(moved)
        self.buried = {moved.get(number, number): reason for number, reason in self.buried.items()}
        self.tries = {moved.get(number, number): tries for number, tries in self.tries.items()}
        self.settle()

    def __len__(self) -> int:
        return len(self.ready) + len(self.delayed) + len(self.held) + len(self.buried)

    def numbers(self) -> Iterator[int]:
        """Of all jobs that have not been deleted."""
        yield from self.ready
        yield from (number for _, number in self.delayed)
        yield from self.held
        yield from self.buried

    def next_due(self) -> int | None:
        """When a delay or a lease ends next, at the earliest."""
        dues = [self.delayed.next_due(), self._leases[0][0] if self._leases else None]
        return min((due for due in dues if due is not None), default=None)

    def push(self, now: int, number: int, delay: int) -> None:
        """A new job."""
        self._put(number, now, delay)

    def promote(self, now: int) -> int:
        """Make ready what is due. Returns how many."""
        before = len(self.ready)
        for number in self.delayed.pop(now):
            self.ready.append(number)
        while self._leases and self._leases[0][0] <= now:
            deadline, number = heappop(self._leases)
            held = self.held.get(number)
            if held and held.deadline == deadline:
                del self.held[number]
                attempts, lapses = self.tries[number]
                self.tries[number] = _tried(attempts, lapses + 1)
                self.ready.append(number)
        return len(self.ready) - before

    def take(self, now: int, limit: int, lease: int, reservation: int) -> list[Taken]:
        """Reserve up to `limit` jobs. They are handed out now."""
        self.promote(now)
        held = Held(reservation, _later(now, lease))
        return [self._reserved(number, held) for number in self.ready.take(limit)]

    def _reserved(self, number: int, held: Held) -> Taken:
        before = self.tries.get(number, Tries())
        self._hold(number, held)
        self.tries[number] = _tried(before.attempts + 1, before.lapses)
        return Taken(self.queue, number, held.reservation, self.tries[number])

    def _hold(self, number: int, held: Held) -> None:
        self.held[number] = held
        heappush(self._leases, (held.deadline, number))
        if len(self._leases) > 2 * len(self.held) + _STALE:
            self._order_leases()

    def delete(self, now: int, receipts: Iterable[Receipt]) -> list[int]:
        """Forget jobs. Returns the positions of the receipts that are not good any more, as all that settle do."""
        return self._settle(now, receipts, lambda receipt: self.tries.pop(receipt.number))

    def release(self, now: int, receipts: Iterable[Receipt], delay: int) -> list[int]:
        """Give jobs back, ready after `delay`."""
        return self._settle(now, receipts, lambda receipt: self._back(receipt.number, now, delay))

    def bury(self, now: int, receipts: Iterable[Receipt], reason: str) -> list[int]:
        """Set jobs aside."""
        return self._settle(now, receipts, lambda receipt: self.buried.update({receipt.number: reason}))

    def touch(self, now: int, receipts: Iterable[Receipt], lease: int) -> list[int]:
        """Begin leases anew."""
        deadline = _later(now, lease)
        return self._settle(
            now, receipts, lambda receipt: self._hold(receipt.number, Held(receipt.reservation, deadline))
        )

    def unsee(self, now: int, receipts: Iterable[Receipt]) -> list[int]:
        """Put jobs back to the front that were taken by a call that nobody waits for: nobody has seen them."""
        return self._settle(now, receipts, lambda receipt: self._unseen(receipt.number))

    def kick(self, now: int, limit: int) -> int:
        """Make up to `limit` buried jobs ready, oldest first. Returns how many."""
        kicked = list(self.buried)[:limit]
        for number in kicked:
            del self.buried[number]
            self._back(number, now, 0)
        return len(kicked)

    def ready_sights(self, limit: int) -> list[Sight]:
        """The next ready jobs, as all sights in the order in which they would leave."""
        return [self._sight(number) for number, _ in zip(self.ready, range(limit), strict=False)]

    def delayed_sights(self, limit: int) -> list[Sight]:
        """The next delayed jobs."""
        return [self._sight(number, due) for due, number in self.delayed.next(limit)]

    def held_sights(self, limit: int) -> list[Sight]:
        """The reserved jobs."""
        dues = nsmallest(limit, ((held.deadline, number) for number, held in self.held.items()))
        return [self._sight(number, deadline) for deadline, number in dues]

    def buried_sights(self, limit: int) -> list[Sight]:
        """The buried jobs, oldest first."""
        return [
            self._sight(number, None, reason)
            for (number, reason), _ in zip(self.buried.items(), range(limit), strict=False)
        ]

    def _sight(self, number: int, due: int | None = None, reason: str = "") -> Sight:
        return Sight(number, self.tries.get(number, Tries()).attempts, due, reason)

    def _settle(self, now: int, receipts: Iterable[Receipt], act: Callable[[Receipt], object]) -> list[int]:
        self.promote(now)
        refused: list[int] = []
        for position, receipt in enumerate(receipts):
            held = self.held.get(receipt.number)
            if held and held.reservation == receipt.reservation:
                del self.held[receipt.number]
                act(receipt)
            else:
                refused.append(position)
        return refused

    def _order_leases(self) -> None:
        self._leases = [(held.deadline, number) for number, held in self.held.items()]
        heapify(self._leases)

    def _back(self, number: int, now: int, delay: int) -> None:
        if number in self.tries:
            self.tries[number] = _tried(self.tries[number].attempts)
        self._put(number, now, delay)

    def _unseen(self, number: int) -> None:
        attempts, lapses = self.tries[number]
        self.tries[number] = _tried(attempts - 1, lapses)
        self.ready.put_back(number)

    def _put(self, number: int, now: int, delay: int) -> None:
        if delay:
            self.delayed.add(_later(now, delay), number)
        else:
            self.ready.append(number)


def parts(items: Iterable[T], size: int = _PART) -> Iterator[list[T]]:
    """`items` in lists, of which each fits into a record."""
    every = iter(items)
    while part := list(islice(every, size)):
        yield part


def _later(now: int, milliseconds: int) -> int:
    """The stamps of the log are cut to milliseconds: what must not be early is one later."""
    return now + milliseconds + 1
