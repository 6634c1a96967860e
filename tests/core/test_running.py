"""Which job a handler runs."""

from contextvars import copy_context

from linda_core import Job, current_job
from linda_core.running import enter


def test_outside_a_handler_there_is_none() -> None:
    assert current_job() is None


def test_each_context_has_its_own() -> None:
    job = Job("Mine")

    def runs() -> Job | None:
        enter(job)
        return current_job()

    assert copy_context().run(runs) is job
    assert current_job() is None
