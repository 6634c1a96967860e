"""Delays as a way down from rung to rung."""

import random

import pytest

from linda_nsq import ladder

YEAR = 366 * 86_400.0
NOW = 1_700_000_000.0


def descent(delay: float, now: float) -> tuple[float, int]:
    """When a job reaches rung 0, and after how many moves, if rungs are looked at whenever the lowest digit changes."""
    due, moves = now + delay, 0
    while number := ladder.rung(due, now):
        before, now = now, now + ladder.until_next(now)
        while not ladder.over(number, now, before):
            # Nothing can change before the digit of this rung does.
            before = now
            now += max(ladder.UNIT, _left(number, now))
        moves += 1
    return now, moves


def _left(number: int, now: float) -> float:
    step = 1 << (number - 1)
    return (step - ladder.units(now) % step) * ladder.UNIT - ladder.UNIT


@pytest.mark.parametrize("delay", [3.5, 10, 60, 3600, 86_400, 30 * 86_400, YEAR, 10 * YEAR])
def test_every_job_is_at_hand_shortly_before_it_is_due(delay: float) -> None:
    dice = random.Random(delay)
    for now in (NOW + dice.uniform(0, 1e6) for _ in range(200)):
        arrived, moves = descent(delay, now)

        assert now + delay - ladder.UNIT - 2 * ladder.AHEAD <= arrived <= now + delay
        assert moves <= ladder.RUNGS


def test_what_is_due_within_a_unit_is_at_hand_from_the_first() -> None:
    assert ladder.rung(NOW + 0.001, NOW) == 0
    assert ladder.rung(NOW - 5, NOW) == 0


def test_a_rung_whose_time_came_and_went_unseen_is_over() -> None:
    number = ladder.rung(NOW + 5000, NOW)
    later = NOW + 2 * ladder.UNIT * 2 ** (number - 1)  # when its digit is 0 again

    assert not ladder.over(number, NOW, NOW)
    assert ladder.over(number, later, NOW)


def test_it_is_high_enough_for_the_longest_delay() -> None:
    assert ladder.LONGEST > 10 * YEAR
    assert ladder.rung(NOW + ladder.LONGEST, NOW) <= ladder.RUNGS
