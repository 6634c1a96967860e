"""Jobs are reserved ahead of need for a few tens of milliseconds of work, and never hoarded."""

import asyncio
import threading
from collections.abc import Sequence

import pytest

from linda_core import Job
from linda_core.clock import ManualClock
from linda_core.dispatch.dispatcher import Dispatcher
from linda_core.dispatch.holdings import Holdings
from linda_core.dispatch.keeper import Watched
from linda_core.dispatch.pace import HORIZON, MOST, Pace
from linda_core.dispatch.runner import Started
from tests.dispatch.conftest import MakeProgram
from tests.dispatch.program import PATIENCE, QUEUE, Program


def test_before_any_measurement_a_worker_takes_only_as_many_jobs_as_it_can_run(program: MakeProgram) -> None:
    one = program(concurrency=2)
    meeting = threading.Barrier(3)
    one.app.register_workers("Long", lambda _job: meeting.wait(PATIENCE))
    for _ in range(20):
        one.push("Long")
    one.start()

    one.eventually(lambda: meeting.n_waiting == 2)
    assert one.counts() == (18, 0, 2, 0)
    meeting.abort()


def test_stock_behind_a_long_job_is_handed_back_and_another_worker_runs_it(program: MakeProgram) -> None:
    one = program()
    entered, leave = threading.Event(), threading.Event()

    @one.app.handler
    def short() -> None: ...

    @one.app.handler
    def long() -> None:
        entered.set()
        leave.wait(PATIENCE)

    one.broker.push_many([*(Job("short") for _ in range(300)), Job("long"), *(Job("short") for _ in range(50))], QUEUE)
    one.start()
    assert entered.wait(PATIENCE)
    other = program(connection=str(one.broker.url))
    other.app.register_workers("short", lambda _job: None)
    other.start()

    one.eventually(lambda: one.counts() == (0, 0, 1, 0))
    leave.set()
    one.eventually(one.drained)


def test_async_stock_behind_long_tasks_is_handed_back_while_threads_make_progress(program: MakeProgram) -> None:
    one = program(concurrency=2)
    started: list[int] = []
    leave = threading.Event()

    @one.app.handler
    def short() -> None:
        short.push()

    @one.app.handler
    async def long(number: int) -> None:
        started.append(number)
        while not leave.is_set():
            await asyncio.sleep(0.01)

    one.start()
    short.push()
    one.eventually(lambda: holdings(one).room() > 10)
    for number in range(20):
        long.push(number)
    one.eventually(lambda: len(started) == 2)

    one.eventually(lambda: one.counts().reserved == 2)
    attempts = [job.attempts for job in one.broker.peek(QUEUE, "ready", 30) if job.name == "long"]
    assert len(attempts) == 18
    assert max(attempts) <= 2, "jobs were taken and given back over and over"
    leave.set()
    one.stop()


def holdings(one: Program) -> Holdings:
    run = one.app._run
    assert isinstance(run, Dispatcher)
    return run._holdings


def test_a_runner_stays_stalled_until_it_starts_something(clock: ManualClock) -> None:
    runner = StandStill(Started(Job("Blocks the loop"), clock.monotonic()))
    watched = Watched(runner)

    runner.waiting = 3
    watched.look(clock.monotonic() + 1)
    assert not watched.stalled, "its stock has not waited through a round"
    watched.look(clock.monotonic() + 1)
    assert watched.stalled
    runner.waiting = 0  # it was given back
    watched.look(clock.monotonic() + 1)
    assert watched.stalled, "stock would be reserved and given back over and over"
    runner.runs = [Started(Job("Next"), clock.monotonic())]
    watched.look(clock.monotonic())
    assert not watched.stalled


class StandStill:
    """A runner that does what it is told to show."""

    def __init__(self, *runs: Started) -> None:
        self.runs = list(runs)
        self.waiting = 0

    def submit(self, jobs: Sequence[Job]) -> None:
        raise NotImplementedError

    def take_back(self, most: int) -> list[Job]:
        raise NotImplementedError

    def stock(self) -> int:
        return self.waiting

    def started(self) -> list[Started]:
        return self.runs

    def stop(self) -> None:
        raise NotImplementedError


def test_nothing_is_held_ahead_without_a_measurement() -> None:
    assert Pace(10).ahead == 0


@pytest.mark.parametrize(("seconds", "ahead"), [(10, 0), (HORIZON, 10), (HORIZON / 10, 100), (1e-9, MOST)])
def test_the_stock_is_what_can_be_run_within_the_horizon(seconds: float, ahead: int) -> None:
    pace = Pace(10)
    pace.measured(seconds, 1)

    assert pace.ahead == ahead


def test_slots_that_are_stuck_justify_no_stock() -> None:
    pace = Pace(10)
    pace.measured(0.001, 1)

    for stuck, ahead in ((0, 500), (9, 50), (10, 0), (20, 0)):
        pace.stuck(stuck)
        assert pace.ahead == ahead


@pytest.mark.parametrize(("mean", "slow"), [(0.001, 0.2), (0.05, 0.2), (0.5, 2.0)])
def test_a_job_is_slow_compared_with_the_others_and_with_the_clock(mean: float, slow: float) -> None:
    pace = Pace(10)
    pace.measured(mean, 1)

    assert pace.slow == pytest.approx(slow)


def test_one_slow_job_among_many_fast_ones_hardly_counts() -> None:
    pace = Pace(10)
    pace.measured(0.1, 100)
    before = pace.ahead
    pace.measured(0.1, 1)

    assert before / 10 < pace.ahead < before


def test_many_slow_jobs_count_however_they_are_reported() -> None:
    at_once, one_by_one = Pace(10), Pace(10)
    for pace in (at_once, one_by_one):
        pace.measured(0.001, 1)
    at_once.measured(20.0, 20)
    for _ in range(20):
        one_by_one.measured(1.0, 1)

    assert at_once._seconds_per_job == pytest.approx(one_by_one._seconds_per_job)


def test_stock_that_would_wait_too_long_is_surplus() -> None:
    pace = Pace(10)
    pace.measured(0.001, 1)
    assert pace.surplus(pace.ahead) == 0

    pace.measured(100 * 0.09, 100)
    assert pace.surplus(500) == 500 - pace.ahead


def test_before_a_measurement_nothing_is_surplus() -> None:
    assert Pace(10).surplus(3) == 0


def test_room_is_made_when_half_of_the_stock_is_used_up() -> None:
    pace = Pace(2)
    holdings = Holdings(2, pace)
    pace.measured(0.001, 1)  # 100 ahead
    jobs = [Job("One") for _ in range(102)]

    holdings.add(jobs)
    assert holdings.room() == 0
    holdings.drop(jobs[:50])
    assert holdings.room() == 0
    holdings.drop(jobs[50:51])
    assert holdings.room() == 51


def test_those_who_wait_for_room_are_woken() -> None:
    holdings = Holdings(1, Pace(1))
    job = Job("One")
    holdings.add([job])
    found: list[int] = []
    waits = threading.Thread(target=lambda: found.append(holdings.wait_for_room(PATIENCE)))
    waits.start()
    holdings.drop([job])
    waits.join(PATIENCE / 2)

    assert found == [1]


def test_those_who_wait_for_the_end_are_woken() -> None:
    holdings = Holdings(1, Pace(1))
    job = Job("One")
    holdings.add([job])
    found: list[bool] = []
    waits = threading.Thread(target=lambda: found.append(holdings.wait_until_empty(PATIENCE)))
    waits.start()
    holdings.drop([job])
    waits.join(PATIENCE / 2)

    assert found == [True]
