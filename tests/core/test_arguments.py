"""What callers pass is checked before any I/O, and never made smaller."""

import math

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from linda_core import arguments
from linda_core.capabilities import Capabilities, Durability, LeaseSource, Limits, Order, Receipts, Return
from linda_core.errors import InvalidArgument, LimitExceeded, Unsupported
from linda_core.lifecycle import State
from linda_core.url import BrokerURL

URL = BrokerURL.parse("redis://user:secret@host")
LIMITS = Limits(body=10, delay=100.0, lease=50.0)

seconds = st.floats(min_value=0, max_value=4e7)
steps = st.sampled_from([0.001, 0.05, 0.1, 1.0, 5.0])


@pytest.mark.parametrize("name", ["a", "x" * 100, "ключ", "a b\n\x00", "😀" * 100])
def test_any_unicode_of_up_to_100_characters_is_a_queue_name(name: str) -> None:
    assert arguments.queue_name(name) == name


@pytest.mark.parametrize("name", ["", "x" * 101, "\ud800", None, b"bytes", 5])
def test_anything_else_is_none(name: str) -> None:
    with pytest.raises(InvalidArgument, match="queue"):
        arguments.queue_name(name)


def test_several_queues_keep_their_order_and_count_once() -> None:
    assert arguments.queue_names(["b", "a", "b"]) == ("b", "a")
    assert arguments.queue_names("ab") == ("ab",)


def test_no_queue_at_all_is_refused() -> None:
    with pytest.raises(InvalidArgument, match="at least one"):
        arguments.queue_names([])


@given(seconds, steps)
@example(5e-324, 5.0)
def test_durations_round_up_by_less_than_a_step(length: float, step: float) -> None:
    rounded = arguments.delay(length, Limits(delay_step=step), URL)

    assert length * (1 - 1e-15) <= rounded < (length + step) * (1 + 1e-15)


@given(st.integers(min_value=0, max_value=10**10), steps)
def test_what_is_a_whole_number_of_steps_stays(number: int, step: float) -> None:
    assert arguments.lease(number * step, Limits(lease_step=step), URL) == number * step


def test_the_smallest_delay_is_one_step_and_not_none() -> None:
    assert arguments.delay(1e-300, LIMITS, URL) == 0.001


@pytest.mark.parametrize("length", [-1, -0.001, math.nan, math.inf, 10**400, "5", None])
def test_what_is_no_duration_is_refused(length: float) -> None:
    with pytest.raises(InvalidArgument, match="delay"):
        arguments.delay(length, LIMITS, URL)
    with pytest.raises(InvalidArgument, match="timeout"):
        arguments.lease(length, LIMITS, URL)


def test_exactly_the_limit_is_allowed() -> None:
    assert arguments.delay(100, LIMITS, URL) == 100
    assert arguments.lease(50, LIMITS, URL) == 50
    assert arguments.body(b"x" * 10, LIMITS, URL, "id") == b"x" * 10


def test_beyond_a_limit_the_message_names_value_limit_and_broker_without_secrets() -> None:
    with pytest.raises(LimitExceeded, match=r"redis://user:\*\*\*@host: delay 100.1 s .* 100.0 s"):
        arguments.delay(100.1, LIMITS, URL)
    with pytest.raises(LimitExceeded, match=r"timeout 51 s .* 50.0 s.*touch"):
        arguments.lease(51, LIMITS, URL)
    with pytest.raises(LimitExceeded, match=r"job id is 11 bytes .* its limit is 10"):
        arguments.body(b"x" * 11, LIMITS, URL, "id")


def test_rounding_up_cannot_pass_a_limit() -> None:
    limits = Limits(delay=10.5, delay_step=1.0, lease=10.5, lease_step=1.0)

    with pytest.raises(LimitExceeded):
        arguments.delay(10.2, limits, URL)
    with pytest.raises(LimitExceeded):
        arguments.lease(10.2, limits, URL)


def test_touch_needs_a_lease() -> None:
    assert arguments.touch(5, LIMITS, URL) == 5
    with pytest.raises(InvalidArgument, match="release it"):
        arguments.touch(0, LIMITS, URL)


@pytest.mark.parametrize(("given_", "waited"), [(0, 0), (1.5, 1.5), (math.inf, math.inf), (10**400, math.inf)])
def test_waiting_may_be_for_ever(given_: float, waited: float) -> None:
    assert arguments.wait(given_) == waited


@pytest.mark.parametrize("length", [-1, math.nan, None, "1"])
def test_waiting_cannot_be_less_than_nothing(length: float) -> None:
    with pytest.raises(InvalidArgument, match="wait"):
        arguments.wait(length)


@pytest.mark.parametrize("number", [0, -1, 1.5, "3", None])
def test_a_limit_is_a_whole_number_above_zero(number: int) -> None:
    assert arguments.limit(1) == 1
    with pytest.raises(InvalidArgument, match="limit"):
        arguments.limit(number)


def capabilities(*, priority: bool) -> Capabilities:
    return Capabilities(
        durability=Durability.NONE,
        lease=LeaseSource.RESERVE,
        order=Order.FIFO,
        on_release=Return.FRONT,
        receipts=Receipts.PORTABLE,
        priority=priority,
    )


def test_priorities_are_taken_where_there_are_any() -> None:
    for number in (0, 65536, 2**32 - 1):
        arguments.priority(number, capabilities(priority=True), URL)
    arguments.priority(65536, capabilities(priority=False), URL)

    with pytest.raises(Unsupported, match="one queue per priority"):
        arguments.priority(1, capabilities(priority=False), URL)


@pytest.mark.parametrize("number", [-1, 2**32, 1.5, "high"])
def test_a_priority_out_of_range_is_refused(number: int) -> None:
    with pytest.raises(InvalidArgument, match="most urgent"):
        arguments.priority(number, capabilities(priority=True), URL)


def test_states_are_known_by_name() -> None:
    assert arguments.state("buried") is State.BURIED
    with pytest.raises(InvalidArgument, match="delayed, ready, reserved, buried"):
        arguments.state("gone")
