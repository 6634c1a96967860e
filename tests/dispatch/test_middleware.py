"""Middleware is entered before a handler and left after it, the first one outermost, for plain and async alike."""

from collections.abc import Generator
from contextlib import AbstractContextManager, contextmanager, suppress

import pytest

from linda_core import Job, current_job
from linda_core.settings import Middleware
from tests.dispatch.conftest import MakeProgram


class Diary:
    """What happened, in order."""

    def __init__(self) -> None:
        self.lines: list[str] = []

    def middleware(self, name: str) -> Middleware:
        @contextmanager
        def around(job: Job) -> Generator[None]:
            assert current_job() is job
            self.lines.append(f"{name} in")
            try:
                yield
            except Exception as error:
                self.lines.append(f"{name} saw {error}")
                raise
            finally:
                self.lines.append(f"{name} out")

        return around


@pytest.fixture
def diary() -> Diary:
    return Diary()


@pytest.mark.parametrize("asynchronous", [False, True])
def test_the_first_is_the_outermost(program: MakeProgram, diary: Diary, *, asynchronous: bool) -> None:
    one = program(middleware=[diary.middleware("outer"), diary.middleware("inner")])

    async def later(_job: Job) -> None:
        diary.lines.append("work")

    one.app.register_workers("Work", later if asynchronous else lambda _job: diary.lines.append("work"))
    one.start()
    one.push("Work")
    one.eventually(one.drained)

    assert diary.lines == ["outer in", "inner in", "work", "inner out", "outer out"]


@pytest.mark.parametrize("asynchronous", [False, True])
def test_each_sees_what_the_handler_raised(program: MakeProgram, diary: Diary, *, asynchronous: bool) -> None:
    one = program(middleware=[diary.middleware("outer"), diary.middleware("inner")], max_attempts=1)

    def fails(_job: Job) -> None:
        raise ValueError("it")

    async def fails_later(job: Job) -> None:
        fails(job)

    one.app.register_workers("Fails", fails_later if asynchronous else fails)
    one.start()
    one.push("Fails")

    assert "ValueError: it" in one.buried().reason
    assert diary.lines[2:] == ["inner saw it", "inner out", "outer saw it", "outer out"]


def test_one_that_fails_to_enter_fails_the_job_and_the_outer_ones_see_it(program: MakeProgram, diary: Diary) -> None:
    def broken(_job: Job) -> AbstractContextManager[object]:
        raise ValueError("no entry")

    ran: list[Job] = []
    one = program(middleware=[diary.middleware("outer"), broken], max_attempts=1)
    one.app.register_workers("Work", ran.append)
    one.start()
    one.push("Work")

    assert "no entry" in one.buried().reason
    assert diary.lines == ["outer in", "outer saw no entry", "outer out"]
    assert not ran


def test_one_may_settle_for_less(program: MakeProgram) -> None:
    def forgives(_job: Job) -> AbstractContextManager[None]:
        return suppress(ValueError)

    one = program(middleware=[forgives])

    def fails(_job: Job) -> None:
        raise ValueError

    one.app.register_workers("Fails", fails)
    one.start()
    one.push("Fails")

    one.eventually(one.drained)
