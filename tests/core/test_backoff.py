"""How long a failed job rests."""

import pytest

from linda_core import InvalidArgument, constant, exponential, jittered, linear
from linda_core.backoff import Backoff


@pytest.mark.parametrize(
    ("backoff", "rests"),
    [
        (constant(7), [7, 7, 7]),
        (linear(10), [10, 20, 30]),
        (linear(10, longest=25), [10, 20, 25]),
        (exponential(), [1, 2, 4]),
        (exponential(5, factor=3, longest=40), [5, 15, 40]),
        (exponential(5, factor=1), [5, 5, 5]),
        (exponential(50, longest=40), [40, 40, 40]),
    ],
)
def test_the_rest_after_each_attempt(backoff: Backoff, rests: list[float]) -> None:
    assert [backoff(attempts) for attempts in (1, 2, 3)] == rests


@pytest.mark.parametrize("attempts", [0, 1, 10_000, 10**9])
@pytest.mark.parametrize("backoff", [constant(3), linear(1, longest=9), exponential(0.1, factor=10, longest=9)])
def test_no_number_of_attempts_is_too_large(backoff: Backoff, attempts: int) -> None:
    assert 0 < backoff(attempts) <= 9


@pytest.mark.parametrize(("chance", "rest"), [(0.0, 50), (0.5, 75), (1.0, 100)])
def test_jitter_is_between_half_and_all_of_the_rest(chance: float, rest: float) -> None:
    assert jittered(constant(100), source=lambda: chance)(1) == rest


def test_jitter_is_not_the_same_twice() -> None:
    backoff = jittered(constant(100))

    assert len({backoff(1) for _ in range(10)}) > 1


@pytest.mark.parametrize("seconds", [0, -1, float("nan")])
def test_a_rest_that_is_none_is_refused(seconds: float) -> None:
    for backoff in (constant, linear, exponential):
        with pytest.raises(InvalidArgument, match=f"backoff {seconds!r} must be above 0 seconds"):
            backoff(seconds)


@pytest.mark.parametrize("factor", [0.5, 0, -2, float("nan")])
def test_rests_do_not_get_shorter(factor: float) -> None:
    with pytest.raises(InvalidArgument, match=f"backoff factor {factor!r} must be at least 1"):
        exponential(1, factor=factor)
