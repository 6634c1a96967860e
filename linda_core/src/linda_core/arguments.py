"""Checks of what callers pass, before any I/O: each names the value, the limit and the way out."""

import math
from collections.abc import Sequence

from linda_core.capabilities import Capabilities, Limits
from linda_core.driver import NORMAL_PRIORITY
from linda_core.errors import InvalidArgument, LimitExceeded, Unsupported
from linda_core.lifecycle import State
from linda_core.url import BrokerURL

LONGEST_QUEUE_NAME = 100

#: Seconds, some 30,000 years: what is longer is a mistake, and would overflow one clock or another.
LONGEST_DURATION = 1e12


def queue_name(queue: str) -> str:
    """`queue` itself, if it is 1 to 100 characters of Unicode text."""
    if not isinstance(queue, str):
        raise InvalidArgument(f"queue {queue!r} is not text; the argument orders are in the Broker's docstrings")
    if not 1 <= len(queue) <= LONGEST_QUEUE_NAME:
        raise InvalidArgument(
            f"queue name {queue[:20]!r}{'…' * (len(queue) > 20)} has {len(queue)} characters; "
            f"it must have 1 to {LONGEST_QUEUE_NAME}"
        )
    try:
        queue.encode()
    except UnicodeEncodeError as error:
        raise InvalidArgument(f"queue name {queue!r} is not valid Unicode: {error}") from error
    return queue


def queue_names(queue: str | Sequence[str]) -> Sequence[str]:
    """One or several queue names, in order of priority."""
    if isinstance(queue, str):
        return (queue_name(queue),)
    names = tuple(dict.fromkeys(queue_name(name) for name in queue))
    if not names:
        raise InvalidArgument("no queue given; name at least one")
    return names


def delay(seconds: float, limits: Limits, broker: BrokerURL) -> float:
    """`seconds` rounded up to the broker's resolution, so that nothing is early."""
    _duration("delay", seconds)
    rounded = _round_up(seconds, limits.delay_step)
    if rounded > limits.delay:
        raise LimitExceeded(f"{broker}: delay {seconds} s is beyond its longest, {limits.delay} s; use a shorter one")
    return rounded


def lease(seconds: float, limits: Limits, broker: BrokerURL) -> float:
    """`seconds` rounded up to what the broker can keep; 0 stays 0, which means "for good"."""
    _duration("timeout", seconds)
    rounded = _round_up(seconds, limits.lease_step)
    if rounded > limits.lease:
        raise LimitExceeded(
            f"{broker}: timeout {seconds} s is beyond its longest lease, {limits.lease} s; "
            "use a shorter one and touch the job while it runs"
        )
    return rounded


def touch(seconds: float, limits: Limits, broker: BrokerURL) -> float:
    """The same for a new lease, which cannot be 0."""
    if seconds == 0:
        raise InvalidArgument("touch needs a timeout above 0 seconds; to let go of a job, release it")
    return lease(seconds, limits, broker)


def wait(seconds: float) -> float:
    """Seconds to wait; may be infinite."""
    if not isinstance(seconds, int | float) or not seconds >= 0:
        raise InvalidArgument(f"wait {seconds!r} is not a number of seconds from 0 up")
    return seconds if seconds <= LONGEST_DURATION else math.inf


def limit(number: int) -> int:
    """A number of jobs."""
    if not isinstance(number, int) or number < 1:
        raise InvalidArgument(f"limit {number!r} is not a whole number from 1 up")
    return number


def priority(number: int, capabilities: Capabilities, broker: BrokerURL) -> None:
    """A priority the broker can keep."""
    if number == NORMAL_PRIORITY:
        return
    if not isinstance(number, int) or not 0 <= number < 2**32:
        raise InvalidArgument(f"priority {number!r} is not a whole number from 0 (most urgent) to {2**32 - 1}")
    if not capabilities.priority:
        raise Unsupported(
            f"{broker} has no priorities, so it cannot keep {number}; use one queue per priority, in order"
        )


def state(name: State | str) -> State:
    """One of the four states of a job that is in a queue."""
    try:
        return State(name)
    except ValueError as error:
        raise InvalidArgument(f"state {name!r} is none of {', '.join(State)}") from error


def body(content: bytes, limits: Limits, broker: BrokerURL, job_id: str) -> bytes:
    """`content` itself, if the broker takes bodies of that size."""
    if len(content) > limits.body:
        raise LimitExceeded(
            f"{broker}: job {job_id} is {len(content)} bytes as an envelope, its limit is {limits.body}; "
            "store the data elsewhere and pass a reference"
        )
    return content


def _duration(what: str, seconds: float) -> None:
    if not isinstance(seconds, int | float) or not 0 <= seconds <= LONGEST_DURATION:
        raise InvalidArgument(f"{what} {seconds!r} is not a number of seconds from 0 to {LONGEST_DURATION:.0e}")


def _round_up(seconds: float, step: float) -> float:
    steps = seconds / step
    whole = round(steps)
    if not math.isclose(steps, whole, rel_tol=1e-15):  # 0.003 / 0.001 == 3.0000000000000004 is 3 steps, not 4
        whole = math.ceil(steps)
    return max(whole, 1 if seconds else 0) * step  # a length that vanishes when divided is still a length
