"""How long a failed job rests: a function from attempts so far to seconds."""

import random
from collections.abc import Callable

from linda_core.errors import InvalidArgument

Backoff = Callable[[int], float]


def constant(seconds: float) -> Backoff:
    """The same rest after every attempt."""
    _positive(seconds)
    return lambda _attempts: seconds


def linear(first: float, *, longest: float = 3600.0) -> Backoff:
    """`first` seconds more after each attempt, up to `longest`."""
    _positive(first)
    return lambda attempts: min(longest, first * max(1, attempts))


def exponential(first: float = 1.0, *, factor: float = 2.0, longest: float = 3600.0) -> Backoff:
    """`first` seconds after the first attempt, `factor` times longer after each further one, up to `longest`."""
    _positive(first)
    if not factor >= 1:
        raise InvalidArgument(f"backoff factor {factor!r} must be at least 1; rests do not get shorter")

    def rest(attempts: int) -> float:
        try:
            return min(longest, first * float(factor) ** max(0, attempts - 1))
        except OverflowError:
            return longest

    return rest


def jittered(backoff: Backoff, *, source: Callable[[], float] = random.random) -> Backoff:
    """Between half and all of `backoff`'s rest, so that jobs that failed together do not return together."""
    return lambda attempts: backoff(attempts) * (0.5 + 0.5 * source())


def _positive(seconds: float) -> None:
    if not seconds > 0:
        raise InvalidArgument(f"backoff {seconds!r} must be above 0 seconds")
