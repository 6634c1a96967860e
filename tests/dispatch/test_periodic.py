"""A handler that puts its own job back is a cron job: it is handed out for ever, and only failures in a row count."""

import pytest

from linda_core import Job, constant
from linda_core.clock import ManualClock
from tests.dispatch.conftest import MakeProgram
from tests.dispatch.program import QUEUE, Program

PERIOD = 60.0
LIMIT = 3


class Cron:
    """A handler that puts its job back, and the attempts at which it fails instead."""

    def __init__(self, one: Program) -> None:
        self.one = one
        self.ran: list[int] = []
        self.fails_at: set[int] = set()
        one.app.register_workers("Cron", self.run)

    def run(self, job: Job) -> None:
        self.ran.append(job.attempts)
        if job.attempts in self.fails_at:
            raise ValueError(f"attempt {job.attempts}")
        self.one.app.get_broker().release_with_delay(QUEUE, job, PERIOD)

    def runs_until(self, attempt: int, clock: ManualClock) -> None:
        """Lets time pass, period after period, until that attempt has ended."""
        while True:
            self.one.eventually(lambda: self.one.counts().delayed or self.one.counts().buried)
            if self.ran[-1] >= attempt:
                return
            assert not self.one.counts().buried, self.one.buried().reason
            clock.advance(PERIOD)


@pytest.fixture
def cron(program: MakeProgram, clock: ManualClock) -> Cron:
    cron = Cron(program(clock, max_attempts=LIMIT, backoff=constant(PERIOD)))
    cron.one.start()
    cron.one.push("Cron")
    return cron


def test_a_job_that_puts_itself_back_runs_many_more_times_than_max_attempts(cron: Cron, clock: ManualClock) -> None:
    cron.runs_until(10 * LIMIT, clock)

    assert cron.ran == list(range(1, 10 * LIMIT + 1))


def test_it_is_not_buried_when_it_fails_once_in_a_while(cron: Cron, clock: ManualClock) -> None:
    cron.fails_at = {2, 3, 5, 6, 8, 20, 22, 24}

    cron.runs_until(10 * LIMIT, clock)

    assert not cron.one.counts().buried


def test_it_is_buried_when_it_fails_max_attempts_times_in_a_row(cron: Cron, clock: ManualClock) -> None:
    cron.fails_at = {8, 9, 11, 12, 13}

    cron.runs_until(13, clock)

    assert cron.one.buried().attempts == 13


def test_what_another_process_saw_of_it_need_not_be_known(cron: Cron, program: MakeProgram, clock: ManualClock) -> None:
    cron.runs_until(10, clock)
    cron.one.stop()
    fresh = Cron(program(clock, max_attempts=LIMIT, connection=str(cron.one.broker.url)))
    fresh.fails_at = {11, 12, 14}
    clock.advance(PERIOD)
    fresh.one.start()

    fresh.one.eventually(lambda: fresh.ran)
    fresh.runs_until(20, clock)

    assert fresh.ran[0] == 11
    assert not fresh.one.counts().buried
