"""What a handler raises decides what becomes of its job. Every rest is waited for on a clock moved by hand."""

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from linda_core import Bury, Discard, Job, Retry, constant, linear
from linda_core.clock import ManualClock
from tests.dispatch.conftest import MakeProgram
from tests.dispatch.program import QUEUE, Program


def fails(job: Job) -> None:
    raise ValueError(f"attempt {job.attempts}")


async def fails_too(job: Job) -> None:
    await asyncio.sleep(0)
    fails(job)


def raises(error: BaseException) -> Callable[[Job], None]:
    def handler(_job: Job) -> None:
        raise error

    return handler


def rests(one: Program) -> float:
    """For how long the one job there rests now."""
    one.eventually(lambda: one.counts().delayed)
    (job,) = one.broker.peek(QUEUE, "delayed", 1)
    assert job.deadline is not None
    return job.deadline - one.broker.clock.time()


@pytest.mark.parametrize("handler", [fails, fails_too])
def test_a_job_that_raises_rests_and_runs_again_until_it_is_buried_with_its_traceback(
    program: MakeProgram, clock: ManualClock, handler: Any
) -> None:
    one = program(clock, max_attempts=3, backoff=linear(10))
    one.app.register_workers("Fails", handler)
    one.start()
    one.push("Fails")

    for rest in (10, 20):
        assert rests(one) == pytest.approx(rest)
        clock.advance(rest)
    buried = one.buried()

    assert buried.attempts == 3
    assert buried.reason.startswith("failed on attempt 3, max_attempts is 3\nTraceback")
    assert 'raise ValueError(f"attempt {job.attempts}")' in buried.reason
    assert buried.reason.rstrip().endswith("ValueError: attempt 3")


def test_the_rest_grows_and_is_jittered_unless_settings_say_otherwise(program: MakeProgram, clock: ManualClock) -> None:
    one = program(clock)
    one.app.register_workers("Fails", fails)
    one.start()
    one.push("Fails")

    for longest in (1, 2, 4, 8):
        rest = rests(one)
        assert longest / 2 <= rest <= longest + 0.002
        clock.advance(rest)


def test_workers_that_died_leave_a_job_its_attempts(program: MakeProgram, clock: ManualClock) -> None:
    one = program(clock, max_attempts=3, backoff=constant(5.0))
    one.app.register_workers("Fails", fails)
    one.push("Fails")
    for _ in range(2):  # as by workers that were killed
        assert one.broker.pop(QUEUE, 30)
        clock.advance(30)
    one.start()

    for _ in range(2):
        clock.advance(rests(one))

    assert one.buried().attempts == 5


def test_a_handler_may_have_attempts_of_its_own(program: MakeProgram) -> None:
    one = program(max_attempts=10)
    one.app.register_workers("Once", fails, max_attempts=1)
    one.start()
    one.push("Once")

    assert one.buried().attempts == 1


def test_without_a_limit_a_job_is_never_buried(program: MakeProgram, clock: ManualClock) -> None:
    one = program(clock, max_attempts=3, backoff=constant(1.0))
    one.app.register_workers("Stubborn", fails, max_attempts=None)
    one.start()
    one.push("Stubborn")

    for _ in range(30):
        rests(one)
        clock.advance(1)

    assert not one.counts().buried


def test_retry_says_when_to_run_again(program: MakeProgram, clock: ManualClock) -> None:
    one = program(clock)
    one.app.register_workers("Later", raises(Retry(after=123)))
    one.start()
    one.push("Later")

    assert rests(one) == pytest.approx(123)


def test_retry_without_a_time_rests_as_a_failure_does(program: MakeProgram, clock: ManualClock) -> None:
    one = program(clock, backoff=constant(77.0))
    one.app.register_workers("Later", raises(Retry()))
    one.start()
    one.push("Later")

    assert rests(one) == pytest.approx(77)


def test_retry_counts_against_the_attempts(program: MakeProgram) -> None:
    one = program(max_attempts=1)
    one.app.register_workers("Later", raises(Retry(reason="not yet")))
    one.start()
    one.push("Later")

    assert one.buried().reason == "failed on attempt 1, max_attempts is 1\nnot yet"


@pytest.mark.parametrize("after", [-1.0, float("nan"), float("inf"), "soon"])
def test_retry_after_no_time_at_all_buries_with_both_reasons(program: MakeProgram, after: Any) -> None:
    one = program()
    one.app.register_workers("Later", raises(Retry(after, "try again")))
    one.start()
    one.push("Later")

    reason = one.buried().reason
    assert reason.startswith("try again\n")
    assert repr(after) in reason


def test_discard_deletes_the_job_and_says_so_in_the_log(program: MakeProgram, caplog: pytest.LogCaptureFixture) -> None:
    one = program()
    one.app.register_workers("Stale", raises(Discard("out of date")))
    one.start()
    job = one.push("Stale")
    one.eventually(one.drained)
    one.stop()

    assert f"job {job.id} (Stale), attempt 1, discarded: out of date" in caplog.text


def test_bury_sets_the_job_aside_at_its_first_attempt(program: MakeProgram) -> None:
    one = program()
    one.app.register_workers("Odd", raises(Bury("a person must look")))
    one.start()
    one.push("Odd")

    buried = one.buried()
    assert (buried.reason, buried.attempts) == ("a person must look", 1)


@pytest.mark.parametrize("asynchronous", [False, True])
@pytest.mark.parametrize(
    "kind", [SystemExit, KeyboardInterrupt, GeneratorExit, asyncio.CancelledError, TimeoutError, RecursionError]
)
def test_a_worker_survives_whatever_its_handler_raises(
    program: MakeProgram, kind: type[BaseException], *, asynchronous: bool
) -> None:
    one = program(max_attempts=1)

    async def raises_in_the_loop(_job: Job) -> None:
        raise kind

    one.app.register_workers("Raises", raises_in_the_loop if asynchronous else raises(kind()))
    one.app.register_workers("Fine", lambda _job: None)
    one.start()

    one.push("Raises")
    assert kind.__name__ in one.buried().reason
    one.push("Fine")
    one.eventually(lambda: one.counts().ready == one.counts().reserved == 0)
    one.push("Raises")
    one.eventually(lambda: one.counts().buried == 2)


def test_the_event_loop_survives_a_background_task_that_exits(
    program: MakeProgram, caplog: pytest.LogCaptureFixture
) -> None:
    one = program()
    left: list[asyncio.Task[None]] = []

    async def exits() -> None:
        raise SystemExit("bye")

    @one.app.handler
    async def leave() -> None:
        left.append(asyncio.create_task(exits()))

    one.start()
    for _ in range(3):
        leave.push()
    one.eventually(one.drained)
    one.eventually(lambda: caplog.text.count("the event loop goes on") == 3)
    for task in left:
        assert isinstance(task.exception(), SystemExit)


def test_a_failed_attempt_is_in_the_log_with_its_traceback(
    program: MakeProgram, clock: ManualClock, caplog: pytest.LogCaptureFixture
) -> None:
    one = program(clock, backoff=constant(5.0))
    one.app.register_workers("Fails", fails)
    one.start()
    job = one.push("Fails")
    rests(one)
    one.stop()

    assert f"job {job.id} (Fails), attempt 1, again in 5 s: Traceback" in caplog.text


def broken(_failures: int) -> float:
    raise ZeroDivisionError("in the program's own backoff")


def test_a_job_whose_backoff_is_broken_is_buried_with_both_reasons(program: MakeProgram) -> None:
    one = program(backoff=broken)
    one.app.register_workers("Fails", fails)
    one.start()
    one.push("Fails")

    reason = one.buried().reason
    assert "ValueError: attempt 1" in reason
    assert "in the program's own backoff" in reason


class Unspeakable(Bury):
    """Cannot be turned into text."""

    def __str__(self) -> str:
        raise RuntimeError("no words")


def test_an_exception_that_cannot_be_shown_is_buried_all_the_same(program: MakeProgram) -> None:
    one = program()
    one.app.register_workers("Odd", raises(Unspeakable()))
    one.start()
    one.push("Odd")

    assert "no words" in one.buried().reason


def test_a_reason_is_text_that_every_broker_can_store(program: MakeProgram) -> None:
    one = program(max_attempts=1)
    one.app.register_workers("Odd", raises(ValueError("half a pair: \ud83d, and long: " + "x" * 100_000)))
    one.start()
    one.push("Odd")

    assert len(one.buried().reason.encode()) < 10_000


def test_failing_after_settling_is_in_the_log_and_changes_nothing(
    program: MakeProgram, caplog: pytest.LogCaptureFixture
) -> None:
    one = program()

    def settles_and_fails(job: Job) -> None:
        one.app.get_broker().release_with_delay(QUEUE, job, 500)
        raise ValueError("too late")

    one.app.register_workers("Odd", settles_and_fails)
    one.start()
    one.push("Odd")
    one.eventually(lambda: "too late" in caplog.text)

    assert one.counts() == (0, 1, 0, 0)
