"""Which job the calling handler runs."""

from contextvars import ContextVar

from linda_core.job import Job

_job: ContextVar[Job | None] = ContextVar("linda_job", default=None)

#: Called by whoever runs handlers, before each one.
enter = _job.set


def current_job() -> Job | None:
    """The job that the calling handler runs; None outside a handler."""
    return _job.get()
