"""Who is woken, by whom, and by whom not."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from linda_core.brokers.sqlite.doorbell import SLEEPER, Doorbell
from linda_core.brokers.sqlite.lock_file import LockFile
from linda_core.clock import SYSTEM_CLOCK, ManualClock
from linda_core.conformance.background import STUCK, Background
from tests.servers.waiting import wait_until

FOREVER = float("inf")


@pytest.fixture
def board(path: Path) -> Iterator[LockFile]:
    board = LockFile(path)
    yield board
    board.close()


@pytest.fixture
def doorbell(board: LockFile) -> Iterator[Callable[[], Doorbell]]:
    """`doorbell()`: that of one more process."""
    with ExitStack() as doorbells:

        def hang() -> Doorbell:
            doorbell = Doorbell(board, SYSTEM_CLOCK)
            doorbells.callback(doorbell.close)
            return doorbell

        yield hang


def sleepers(board: LockFile) -> int:
    return len(board.read()) // SLEEPER.size


def test_a_push_wakes_who_would_sleep_past_it(board: LockFile, doorbell: Callable[[], Doorbell]) -> None:
    late, early, pusher = doorbell(), doorbell(), doorbell()
    heard = late.listen(["q"], until=100.0)
    early.listen(["q"], until=10.0)

    pusher.ring("q", due=50.0)

    sleeping = Background(lambda: late.sleep(heard, FOREVER))
    sleeping.result("nobody rang")
    assert sleepers(board) == 1, "who wakes early enough by itself stays on the board, unrung"


def test_a_push_elsewhere_wakes_nobody(board: LockFile, doorbell: Callable[[], Doorbell]) -> None:
    doorbell().listen(["a", "b"], until=FOREVER)

    doorbell().ring("elsewhere", due=0.0)
    assert sleepers(board) == 1

    doorbell().ring("b", due=0.0)
    assert sleepers(board) == 0


def test_a_ring_between_listening_and_sleeping_is_not_missed(doorbell: Callable[[], Doorbell]) -> None:
    sleeper = doorbell()
    heard = sleeper.listen(["q"], until=FOREVER)

    doorbell().ring("q", due=0.0)
    assert wait_until(lambda: sleeper._rings > heard, STUCK)

    Background(lambda: sleeper.sleep(heard, FOREVER)).result("the ring was missed")


def test_wake_ends_every_sleep_of_its_process(doorbell: Callable[[], Doorbell]) -> None:
    sleeper = doorbell()
    sleeping = [Background(lambda: sleeper.sleep(sleeper._rings, FOREVER)) for _ in range(3)]
    assert wait_until(lambda: len(sleeper._heard._waiters) == 3, STUCK)  # type: ignore[attr-defined]

    sleeper.wake()

    for each in sleeping:
        each.result("wake woke nobody")


def test_threads_of_one_process_share_a_line_on_the_board(board: LockFile, doorbell: Callable[[], Doorbell]) -> None:
    sleeper = doorbell()
    sleeper.listen(["a"], until=FOREVER)
    sleeper.listen(["b"], until=10.0)

    assert sleepers(board) == 1
    doorbell().ring("a", due=50.0)
    assert sleepers(board) == 0


def test_a_board_that_a_crash_left_half_written_is_harmless(board: LockFile, doorbell: Callable[[], Doorbell]) -> None:
    board.write(SLEEPER.pack(0, 2**64 - 1, FOREVER) + b"half")

    doorbell().ring("q", due=0.0)

    assert sleepers(board) == 0


def test_time_moved_by_hand_ends_a_sleep(board: LockFile) -> None:
    clock = ManualClock()
    sleeper = Doorbell(board, clock)
    sleeping = Background(lambda: sleeper.sleep(sleeper.listen(["q"], FOREVER), clock.monotonic() + 5.0))
    assert wait_until(lambda: bool(clock._waiting), STUCK)

    clock.advance(5.0)

    sleeping.result("the clock woke nobody")
    sleeper.close()
