"""Many numbers in eight bytes each, and copies of them that need no room."""

from array import array
from collections.abc import Iterator, Mapping
from itertools import chain, islice

#: As many are in one array: few enough to be given back one by one, and an even number, so that pairs stay together.
_SHEET = 5_000


class Numbers:
    """They come in at the end and leave at the front. What is in an array stays as it is, so copies can share it."""

    __slots__ = ("_first", "_length", "_sheets")

    def __init__(self) -> None:
        self._sheets: list[array[int]] = []
        self._first = 0  #: what comes before in the first array has left
        self._length = 0

    def __len__(self) -> int:
        return self._length

    def __iter__(self) -> Iterator[int]:
        return islice(chain.from_iterable(self._sheets), self._first, self._first + self._length)

    def append(self, *numbers: int) -> None:
        """Add some at the end."""
        if not self._sheets or len(self._sheets[-1]) >= _SHEET:
            self._sheets.append(array("q"))
        self._sheets[-1].extend(numbers)
        self._length += len(numbers)

    def put_back(self, number: int) -> None:
        """Add one at the front."""
        if self._first:
            self._sheets[0] = self._sheets[0][self._first :]
            self._first = 0
        self._sheets.insert(0, array("q", (number,)))
        self._length += 1

    def take(self, limit: int) -> list[int]:
        """Up to `limit` from the front, which leave."""
        taken: list[int] = []
        while self._sheets and len(taken) < limit:
            sheet = self._sheets[0]
            some = sheet[self._first : self._first + limit - len(taken)]
            taken.extend(some)
            self._first += len(some)
            if self._first == len(sheet):
                del self._sheets[0]
                self._first = 0
        self._length -= len(taken)
        return taken

    def replace(self, others: Mapping[int, int], step: int = 1) -> None:
        """Put others in the place of those that have one; of `step` numbers in a row only the last is looked at."""
        self._sheets = [_replaced(sheet, others, step) for sheet in self._sheets]

    def copy(self) -> "Numbers":
        """The same ones, to look at alone; what becomes of this one meanwhile does not matter."""
        twin = Numbers()
        twin._sheets, twin._first, twin._length = self._sheets.copy(), self._first, self._length
        return twin


def _replaced(sheet: "array[int]", others: Mapping[int, int], step: int) -> "array[int]":
    numbers = sheet[step - 1 :: step]
    if others.keys().isdisjoint(numbers):
        return sheet
    fresh = sheet[:]
    fresh[step - 1 :: step] = array("q", (others.get(number, number) for number in numbers))
    return fresh
