"""When delayed jobs are due."""

import sys

from hypothesis import given
from hypothesis import strategies as st

from linda_kafka.calendar import Calendar

HOUR = 3_600_000


@given(st.lists(st.integers(0, 30 * HOUR)), st.lists(st.integers(0, 30 * HOUR)))
def test_numbers_come_in_the_order_in_which_they_are_due(dues: list[int], moments: list[int]) -> None:
    calendar, came = Calendar(), list[int]()
    for number, due in enumerate(dues):
        calendar.add(due, number)
    for now in sorted(moments):
        numbers = list(calendar.pop(now))
        assert all(dues[number] <= now for number in numbers)
        assert calendar.next_due() is None or calendar.next(1)[0][0] > now
        came += numbers

    came += [number for _, number in calendar.next(len(dues))]
    assert came == sorted(range(len(dues)), key=lambda number: (dues[number], number))


@given(st.lists(st.integers(0, 30 * HOUR)), st.integers(0, 30 * HOUR))
def test_the_next_time_is_never_too_late(dues: list[int], now: int) -> None:
    calendar = Calendar()
    calendar.load((due, 0) for due in dues)
    list(calendar.pop(now))

    left = [due for due in dues if due > now]
    assert len(calendar) == len(left)
    assert (calendar.next_due() is None) == (not left)
    assert (calendar.next_due() or 0) <= min(left, default=0)


def test_a_job_of_another_day_takes_sixteen_bytes() -> None:
    calendar = Calendar()
    calendar.load((number * 1000, number) for number in range(100_000))

    used = sum(sys.getsizeof(page) for page in calendar._pages.values())
    assert used < 20 * len(calendar)
