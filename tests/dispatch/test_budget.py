"""Which failures count."""

import threading

import pytest

from linda_core import Job
from linda_core.dispatch import budget
from linda_core.dispatch.budget import Budget


def handed_out(attempts: int, identity: str = "one", name: str = "Job") -> Job:
    job = Job(name, id=identity)
    job.attempts = attempts
    return job


def test_every_attempt_of_an_ordinary_job_counts_also_those_that_others_saw() -> None:
    assert Budget().failed(handed_out(attempts=4), 10) == 4


def test_what_was_handed_back_untried_does_not_count() -> None:
    budget = Budget()
    budget.untried([handed_out(1), handed_out(1, "other")])
    budget.untried([handed_out(2)])

    assert budget.failed(handed_out(3), 10) == 1


def test_workers_that_died_do_not_count() -> None:
    budget = Budget()
    died_twice, then_once = handed_out(3), handed_out(5)
    died_twice.lapses, then_once.lapses = 2, 1

    assert [budget.failed(job, 10) for job in (died_twice, then_once)] == [1, 2]


def test_a_job_of_a_periodic_class_counts_from_its_first_failure_here() -> None:
    budget = Budget()
    budget.released_itself(handed_out(1, "other", "Cron"))

    assert [budget.failed(handed_out(attempts, "one", "Cron"), 3) for attempts in (3, 4)] == [1, 2]


def test_more_attempts_than_an_ordinary_job_can_have_make_it_periodic() -> None:
    assert Budget().failed(handed_out(attempts=11), 10) == 1


def test_without_a_limit_failures_in_a_row_count() -> None:
    budget = Budget()

    assert [budget.failed(handed_out(attempts), None) for attempts in (100, 101)] == [1, 2]


def test_putting_itself_back_ends_the_row() -> None:
    budget = Budget()
    budget.failed(handed_out(20), 3)
    budget.released_itself(handed_out(21))

    assert budget.failed(handed_out(22), 3) == 1


def test_memory_is_bounded_and_the_oldest_is_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(budget, "MOST", 2)
    kept = Budget()
    for identity in ("one", "two", "three"):
        kept.failed(handed_out(20, identity), 3)
        kept.untried([handed_out(1, identity)])

    assert kept.failed(handed_out(21, "one"), 3) == 1
    assert len(kept._failures) == len(kept._unspent) == 2


def test_many_threads_may_fail_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(budget, "MOST", 3)
    kept = Budget()
    errors: list[BaseException] = []

    def fail(number: int) -> None:
        try:
            for attempt in range(500):
                kept.failed(handed_out(20 + attempt, f"{number}-{attempt % 7}"), 3)
        except BaseException as error:  # noqa: BLE001 - asserted on below
            errors.append(error)

    threads = [threading.Thread(target=fail, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert not errors
