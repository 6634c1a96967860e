"""When delayed jobs are due, in sixteen bytes for each, be it in a moment or in years.

They are on pages, unsorted. A page that begins is dealt out to narrower ones, down to those of a single millisecond.
"""

import sys
from collections.abc import Iterable, Iterator, Mapping
from heapq import heappop, heappush, nsmallest
from itertools import chain

from linda_kafka.numbers import Numbers

#: Milliseconds that the pages of each level cover, as powers of two: somewhat more than an hour, two seconds, one.
_WIDTHS = (22, 11, 0)

#: So many numbers leave a page at once.
_SOME = 1_000

Entry = tuple[int, int]


class Calendar:
    """Pairs of a time, in milliseconds, and a number, to be had in their order."""

    def __init__(self) -> None:
        self._levels = [_Level(width) for width in _WIDTHS]
        self._length = 0

    def __len__(self) -> int:
        return self._length

    def __iter__(self) -> Iterator[Entry]:
        """All pairs, in no order."""
        return chain.from_iterable(page for level in self._levels for page in level.pages.values())

    def add(self, due: int, number: int) -> None:
        """One more pair."""
        self._put(due, number)
        self._length += 1

    def next_due(self) -> int | None:
        """The earliest time."""
        return next((level.next_due() for level in reversed(self._levels) if level.pages), None)

    def pop(self, now: int) -> Iterator[int]:
        """The numbers that are due by `now`, which are removed."""
        due = self.next_due()
        if due is None or due > now:
            return
        *wide, last = self._levels
        for level in wide:
            for page in level.begun(now):
                for entry in page.drain():
                    self._put(*entry)
        for page in last.begun(now):
            numbers = sorted(number for _, number in page.drain())
            self._length -= len(numbers)
            yield from numbers

    def next(self, limit: int) -> list[Entry]:
        """The first `limit` pairs, which stay."""
        return nsmallest(limit, self)

    def replace(self, others: Mapping[int, int]) -> None:
        """Put others in the place of those numbers that have one."""
        for level in self._levels:
            for page in level.pages.values():
                page.replace(others)

    def load(self, entries: Iterable[Entry]) -> None:
        """Many more pairs."""
        for entry in entries:
            self.add(*entry)

    def copy(self) -> "Calendar":
        """The same pairs, to look at alone; they stay as they are now."""
        twin = Calendar()
        twin._levels, twin._length = [level.copy() for level in self._levels], self._length
        return twin

    def _put(self, due: int, number: int) -> None:
        for level in self._levels:
            if due >= level.first:
                break
        level.add(due, number)


class _Level:
    """Pages that are equally wide."""

    def __init__(self, width: int) -> None:
        self.width = width
        self.first = 0  #: milliseconds: what is earlier belongs to a narrower level
        self.pages: dict[int, _Page] = {}
        self._order: list[int] = []  # a heap

    def add(self, due: int, number: int) -> None:
        place = due >> self.width
        page = self.pages.get(place)
        if page is None:
            page = self.pages[place] = _Page()
            heappush(self._order, place)
        page.add(due, number)

    def next_due(self) -> int:
        return self.pages[self._order[0]].earliest

    def begun(self, now: int) -> Iterator["_Page"]:
        """The pages that have begun by `now`, the first one first, which are removed."""
        present = now >> self.width
        self.first = (present + 1) << self.width
        while self._order and self._order[0] <= present:
            yield self.pages.pop(heappop(self._order))

    def copy(self) -> "_Level":
        twin = _Level(self.width)
        twin.first, twin._order = self.first, self._order.copy()
        twin.pages = {place: page.copy() for place, page in self.pages.items()}
        return twin


class _Page:
    """Pairs, and the earliest of their times."""

    __slots__ = ("_numbers", "earliest")

    def __init__(self) -> None:
        self._numbers = Numbers()  # each time is followed by its number
        self.earliest = sys.maxsize

    def __iter__(self) -> Iterator[Entry]:
        return _pairs(self._numbers)

    def add(self, due: int, number: int) -> None:
        self._numbers.append(due, number)
        self.earliest = min(self.earliest, due)

    def drain(self) -> Iterator[Entry]:
        """All pairs, whose room is given back meanwhile."""
        while some := self._numbers.take(_SOME):
            yield from _pairs(some)

    def replace(self, others: Mapping[int, int]) -> None:
        self._numbers.replace(others, step=2)

    def copy(self) -> "_Page":
        twin = _Page()
        twin._numbers, twin.earliest = self._numbers.copy(), self.earliest
        return twin


def _pairs(numbers: Iterable[int]) -> Iterator[Entry]:
    every = iter(numbers)
    return zip(every, every, strict=True)
