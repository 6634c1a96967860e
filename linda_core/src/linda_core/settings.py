"""What a program tells Linda once: where the jobs are, and how to run them."""

import math
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field

from linda_core import arguments
from linda_core.backoff import Backoff, exponential, jittered
from linda_core.errors import InvalidArgument
from linda_core.job import Job

#: Entered before a handler and left after it, with its exception if it raised: the same for plain and async
#: handlers. The first one given is the outermost.
Middleware = Callable[[Job], AbstractContextManager[object]]


@dataclass(frozen=True)
class Settings:
    """All durations are seconds. Raises InvalidArgument, naming the value and what is allowed."""

    queue: str | Sequence[str] = "default"  #: one queue, or several in order of priority
    connection: str = "sqlite:///linda.db"  #: broker URL
    timeout: float = 60.0  #: lease; renewed while the handler runs
    interval: float = 5.0  #: longest single wait for a job; a push ends it at once
    concurrency: int = 1  #: jobs that run at once in one process: so many in threads, and so many `async def`
    processes: int = 1  #: worker processes
    grace: float = 30.0  #: how long a stop waits for running jobs
    max_attempts: int | None = 10  #: after so many attempts a failing job is buried; None: never
    backoff: Backoff = field(default_factory=lambda: jittered(exponential()))  #: attempts so far -> rest
    time_limit: float | None = None  #: longest a handler may run; None: as long as it likes
    middleware: Sequence[Middleware] = ()

    def __post_init__(self) -> None:
        arguments.queue_names(self.queue)
        above_zero("timeout", self.timeout)
        above_zero("interval", self.interval)
        from_one("concurrency", self.concurrency)
        from_one("processes", self.processes)
        if not (_number(self.grace) and self.grace >= 0):
            raise InvalidArgument(f"grace {self.grace!r} must be a finite number of seconds from 0 up")
        if self.max_attempts is not None:
            from_one("max_attempts", self.max_attempts)
        if self.time_limit is not None:
            above_zero("time_limit", self.time_limit)
        for name, functions in (("backoff", [self.backoff]), ("middleware", self.middleware)):
            for function in functions:
                if not callable(function):
                    raise InvalidArgument(f"{name} {function!r} cannot be called; pass a function")

    @property
    def queues(self) -> Sequence[str]:
        """The queues, in order of priority; pushes without a queue go to the first."""
        return arguments.queue_names(self.queue)


def above_zero(name: str, seconds: float) -> None:
    """Raises InvalidArgument for anything else than a finite number above 0."""
    if not (_number(seconds) and seconds > 0):
        raise InvalidArgument(f"{name} {seconds!r} must be a finite number of seconds above 0")


def from_one(name: str, number: int) -> None:
    """Raises InvalidArgument for anything else than a whole number from 1 up."""
    if not isinstance(number, int) or isinstance(number, bool) or number < 1:
        raise InvalidArgument(f"{name} {number!r} must be a whole number from 1 up")


def _number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
