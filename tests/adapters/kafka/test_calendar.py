"""When delayed jobs are due."""

import tracemalloc

import pytest
from hypothesis import given
from hypothesis import strategies as st

from linda_kafka.calendar import Calendar

HOUR = 3_600_000


@given(st.lists(st.integers(0, 30 * HOUR)), st.lists(st.integers(0, 30 * HOUR)))
def test_numbers_come_in_the_order_in_which_they_are_due(dues: list[int], moments: list[int]) -> None:
    calendar, came = Calendar(), list[int]()
    for number, due in reversed(list(enumerate(dues))):
        calendar.add(due, number)
    for now in sorted(moments):
        numbers = list(calendar.pop(now))
        assert all(dues[number] <= now for number in numbers)
        assert calendar.next_due() is None or calendar.next(1)[0][0] > now
        came += numbers

    came += [number for _, number in calendar.next(len(dues))]
    assert came == sorted(range(len(dues)), key=lambda number: (dues[number], number))


@given(st.lists(st.integers(0, 30 * HOUR)), st.integers(0, 30 * HOUR))
def test_the_next_time_is_the_earliest_that_is_left(dues: list[int], now: int) -> None:
    calendar = Calendar()
    calendar.load((due, 0) for due in dues)
    list(calendar.pop(now))

    left = [due for due in dues if due > now]
    assert len(calendar) == len(left)
    assert calendar.next_due() == min(left, default=None)


def test_a_copy_stays_as_it_was() -> None:
    calendar = Calendar()
    calendar.load([(10, 0), (20, 1), (2 * HOUR, 2)])
    copy = calendar.copy()
    assert list(calendar.pop(HOUR)) == [0, 1]
    calendar.add(2 * HOUR, 3)

    assert (len(copy), copy.next_due(), copy.next(9)) == (3, 10, [(10, 0), (20, 1), (2 * HOUR, 2)])


def test_numbers_are_replaced_wherever_they_are() -> None:
    calendar = Calendar()
    dues = [100, 5_000, 2 * HOUR]
    calendar.load((due, number) for number, due in enumerate(dues))
    list(calendar.pop(0))
    calendar.add(HOUR, 3)
    calendar.replace({0: 10, 2: 12, 3: 13, HOUR: 0})

    assert calendar.next(9) == [(100, 10), (5_000, 1), (HOUR, 13), (2 * HOUR, 12)]


SPANS = {"at once": 1, "within the minute": 60_000, "within the hour": HOUR, "within the month": 730 * HOUR}


@pytest.mark.parametrize("span", SPANS.values(), ids=SPANS)
def test_a_job_takes_twenty_bytes_or_so_whenever_it_is_due(span: int) -> None:
    number, soon = 100_000, 10 * HOUR
    tracemalloc.start()
    calendar = Calendar()
    calendar.add(soon, -1)
    calendar.load((soon + 1 + one * span // number, one) for one in range(number))
    assert list(calendar.pop(soon))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert peak < 30 * number
