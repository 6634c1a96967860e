"""When delayed jobs are due: a million of them in 16 MB, because all but those of the next hour are bare numbers."""

from array import array
from collections.abc import Callable, Iterable, Iterator
from heapq import heapify, heappop, heappush, nsmallest
from itertools import chain

#: Milliseconds that one page covers, as a power of two: somewhat more than an hour.
_PAGE = 22

Entry = tuple[int, int]


class Calendar:
    """Pairs of a time, in milliseconds, and a number, to be had in their order."""

    def __init__(self) -> None:
        self._near: list[Entry] = []  # a heap of all before the first page
        self._pages: dict[int, array[int]] = {}  # each with one pair after another
        self._first = 0

    def __len__(self) -> int:
        return len(self._near) + sum(map(len, self._pages.values())) // 2

    def __iter__(self) -> Iterator[Entry]:
        """All pairs, in no order."""
        return chain(self._near, *(_pairs(page) for page in self._pages.values()))

    def add(self, due: int, number: int) -> None:
        """One more pair."""
        page = due >> _PAGE
        if page < self._first:
            heappush(self._near, (due, number))
        else:
            self._pages.setdefault(page, array("q")).extend((due, number))

    def next_due(self) -> int | None:
        """The earliest time, or one before which there is none."""
        if self._near:
            return self._near[0][0]
        return min(self._pages) << _PAGE if self._pages else None

    def pop(self, now: int) -> Iterator[int]:
        """The numbers that are due by `now`, which are removed."""
        while (now >> _PAGE) >= self._first:
            self._turn(now >> _PAGE)
        while self._near and self._near[0][0] <= now:
            yield heappop(self._near)[1]

    def next(self, limit: int) -> list[Entry]:
        """The first `limit` pairs, which stay."""
        return nsmallest(limit, self)

    def renumber(self, number_of: Callable[[int], int]) -> None:
        """Give each number another one."""
        self._near = [(due, number_of(number)) for due, number in self._near]
        heapify(self._near)
        for page in self._pages.values():
            page[1::2] = array("q", map(number_of, page[1::2]))

    def load(self, entries: Iterable[Entry]) -> None:
        """Many more pairs."""
        for entry in entries:
            self.add(*entry)

    def copy(self) -> "Calendar":
        """The same pairs, which stay as they are now."""
        twin = Calendar()
        twin._near, twin._first = self._near.copy(), self._first
        twin._pages = {page: entries[:] for page, entries in self._pages.items()}
        return twin

    def _turn(self, page: int) -> None:
        """All up to `page` is near now."""
        for before in [one for one in self._pages if one <= page]:
            self._near.extend(_pairs(self._pages.pop(before)))
        heapify(self._near)
        self._first = page + 1


def _pairs(page: "array[int]") -> Iterator[Entry]:
    return zip(page[::2], page[1::2], strict=True)
