"""Time as a parameter."""

import threading

import pytest

from linda_core.clock import SYSTEM_CLOCK, ManualClock
from tests.servers.waiting import wait_until


def test_a_manual_clock_stands_still_until_moved(clock: ManualClock) -> None:
    before = (clock.time(), clock.monotonic())
    assert (clock.time(), clock.monotonic()) == before

    clock.advance(1.5)

    assert (clock.time(), clock.monotonic()) == (before[0] + 1.5, before[1] + 1.5)


def test_who_waits_is_woken_by_the_clock(clock: ManualClock) -> None:
    condition = threading.Condition()
    woken = threading.Event()

    def wait() -> None:
        with condition:
            clock.wait(condition, 60)
        woken.set()

    threading.Thread(target=wait).start()
    assert wait_until(lambda: bool(clock._waiting), patience=10)
    assert not woken.is_set()
    clock.advance(60)

    assert woken.wait(10)
    assert clock._waiting == []


def test_waiting_for_nothing_returns(clock: ManualClock) -> None:
    condition = threading.Condition()
    with condition:
        clock.wait(condition, 0)


@pytest.mark.parametrize("timeout", [float("inf"), 1e300])
def test_the_system_clock_waits_longer_than_the_platform_can(timeout: float) -> None:
    condition = threading.Condition()
    started = threading.Event()
    returned = threading.Event()

    def wait() -> None:
        with condition:
            started.set()
            SYSTEM_CLOCK.wait(condition, timeout)
        returned.set()

    threading.Thread(target=wait).start()
    assert started.wait(10)
    with condition:
        condition.notify_all()

    assert returned.wait(10)
