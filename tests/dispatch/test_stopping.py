"""A stop finishes what runs within its grace, hands back the rest at once, and loses nothing."""

import threading

import pytest

from linda_core import InvalidArgument, Job, Linda, Settings
from linda_core.clock import ManualClock
from tests.dispatch.conftest import MakeProgram
from tests.dispatch.program import PATIENCE, QUEUE, Program


class Hall:
    """A handler that waits inside until the door is opened."""

    def __init__(self, one: Program) -> None:
        self.entered = threading.Event()
        self.door = threading.Event()
        one.app.register_workers("Hall", self.run)

    def run(self, _job: Job) -> None:
        self.entered.set()
        self.door.wait(PATIENCE)


def test_an_idle_worker_stops_at_once_however_long_its_interval(program: MakeProgram) -> None:
    one = program(interval=1000)
    one.start()
    one.eventually(lambda: one.app.health().ok)

    assert one.stop() is True


def test_what_runs_is_finished_and_nothing_else_is_started(program: MakeProgram) -> None:
    one = program()
    hall = Hall(one)
    one.start()
    one.push("Hall")
    assert hall.entered.wait(PATIENCE)
    for _ in range(5):
        one.push("Hall")

    one.app.stop()
    one.eventually(lambda: one.app.health().reason == "stopping")
    hall.door.set()

    assert one.ended() is True
    assert one.counts() == (5, 0, 0, 0)


def test_stock_is_handed_back_at_once_before_what_runs_has_ended(program: MakeProgram, clock: ManualClock) -> None:
    one = program(clock)  # in no time: nobody else looks after the stock
    hall = Hall(one)
    one.app.register_workers("Short", lambda _job: None)
    one.broker.push_many([*(Job("Short") for _ in range(200)), Job("Hall"), *(Job("Short") for _ in range(30))], QUEUE)
    one.start()
    assert hall.entered.wait(PATIENCE)

    one.app.stop()
    one.eventually(lambda: one.counts() == (30, 0, 1, 0))
    hall.door.set()

    assert one.ended() is True


def test_what_outlives_the_grace_is_handed_back_before_its_lease_is_over(program: MakeProgram) -> None:
    one = program(grace=0.05, timeout=1000)
    hall = Hall(one)
    one.start()
    job = one.push("Hall")
    assert hall.entered.wait(PATIENCE)

    finished = one.stop()
    again = one.broker.pop(QUEUE, 1000)
    hall.door.set()

    assert finished is False
    assert again is not None
    assert (again.id, again.attempts) == (job.id, 2)


def test_a_second_stop_hands_back_now(program: MakeProgram) -> None:
    one = program(grace=1000)
    hall = Hall(one)
    one.start()
    one.push("Hall")
    assert hall.entered.wait(PATIENCE)

    one.app.stop()
    one.eventually(lambda: one.app.health().reason == "stopping")
    one.app.stop()

    assert one.ended() is False
    assert one.counts() == (1, 0, 0, 0)
    hall.door.set()


def test_leases_are_renewed_during_the_grace(program: MakeProgram, clock: ManualClock) -> None:
    one = program(clock, timeout=30, grace=1000)
    hall = Hall(one)
    one.start()
    one.push("Hall")
    assert hall.entered.wait(PATIENCE)
    one.app.stop()

    for _ in range(6):
        clock.advance(10)
        one.eventually(lambda: one.broker.peek(QUEUE, "reserved", 1)[0].deadline == clock.time() + 30)
    hall.door.set()

    assert one.ended() is True
    assert one.drained()


def test_a_handler_may_stop_the_run_it_is_in(program: MakeProgram) -> None:
    one = program()
    one.app.register_workers("Last", lambda _job: one.app.stop())
    one.start()
    one.push("Last")

    assert one.ended() is True
    assert one.drained()


def test_a_handler_that_settles_its_job_after_it_was_handed_back_is_told(program: MakeProgram) -> None:
    one = program(grace=0)
    entered, leave, told = threading.Event(), threading.Event(), threading.Event()

    def late(job: Job) -> None:
        entered.set()
        leave.wait(PATIENCE)
        with pytest.raises(Exception, match="not reserved here"):
            one.broker.delete(QUEUE, job)
        told.set()

    one.app.register_workers("Late", late)
    one.start()
    one.push("Late")
    assert entered.wait(PATIENCE)
    one.stop()
    leave.set()

    assert told.wait(PATIENCE)
    assert one.counts().ready == 1


def test_threads_end_with_the_run_and_those_that_are_busy_when_they_are_done(program: MakeProgram) -> None:
    before = set(threading.enumerate())
    one = program(grace=0, concurrency=4)
    hall = Hall(one)

    @one.app.handler
    async def quick() -> None: ...

    one.start()
    for _ in range(10):
        quick.push()
    for _ in range(4):
        one.push("Hall")
    assert hall.entered.wait(PATIENCE)
    one.stop()
    hall.door.set()

    one.eventually(lambda: not set(threading.enumerate()) - before)


def test_a_run_that_has_ended_can_be_followed_by_another(program: MakeProgram) -> None:
    one = program()
    ran = threading.Event()
    one.app.register_workers("Job", lambda _job: ran.set())
    one.start()
    one.stop()
    one.start()
    one.push("Job")

    assert ran.wait(PATIENCE)


def test_two_runs_at_once_are_refused(program: MakeProgram) -> None:
    one = program()
    one.start()

    with pytest.raises(InvalidArgument, match="runs already"):
        one.app.run()
    assert one.stop() is True


def test_stopping_what_does_not_run_does_nothing() -> None:
    app = Linda(Settings(connection="memory://"))

    app.stop()

    assert (app.health().ok, app.health().reason) == (False, "not running")


def test_stops_at_any_moment_lose_nothing(program: MakeProgram) -> None:
    one = program(concurrency=4)
    done: set[str] = set()
    one.app.register_workers("Quick", lambda job: done.add(job.id))
    jobs = [Job("Quick") for _ in range(3000)]
    one.broker.push_many(jobs, QUEUE)

    for round_ in range(12):
        one.start()
        threading.Event().wait(0.002 * round_)
        one.stop()
        assert one.counts().reserved == 0
    one.start()
    one.eventually(one.drained)

    assert done == {job.id for job in jobs}
