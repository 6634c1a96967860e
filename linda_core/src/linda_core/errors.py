"""Every error Linda raises, and the one place where foreign errors become ours.

LindaError
├── UsageError                the call was wrong; trying again cannot help
│   ├── UnknownScheme         no installed package serves the URL's scheme
│   ├── InvalidURL            the URL cannot be understood, or names an unknown option
│   ├── InvalidArgument       a value that is wrong on every broker (also a ValueError)
│   ├── EncodeError           arguments that JSON cannot carry (also a TypeError)
│   ├── LimitExceeded         a value beyond what this broker declares
│   ├── Unsupported           an ability this broker does not have
│   ├── UnknownHandler        a job names a class nobody registered
│   └── BrokerClosed          the broker was closed by its owner
├── BrokerError               the server, or the way to it
│   ├── BrokerUnavailable     cannot be reached, or refuses to serve (transient)
│   ├── ConnectionLost        the connection broke; the outcome of the call is unknown (transient)
│   └── LeaseLost             the job is not, or no longer, the caller's to settle
└── JobError                  one job; the broker is fine
    ├── DecodeError           a body that is not a Linda envelope
    └── TimeLimitExceeded     a handler ran longer than its time limit

`transient` is a fact of the class: code that tries again asks the error, not a list of its own.
"""

from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, ClassVar

if TYPE_CHECKING:
    from linda_core.job import Job


class LindaError(Exception):
    """The root of everything Linda raises."""

    transient: ClassVar[bool] = False


class UsageError(LindaError):
    """The call was wrong; the same call will fail again."""


class UnknownScheme(UsageError):
    """No installed package serves this URL scheme."""


class InvalidURL(UsageError):
    """A broker URL that cannot be understood."""


class InvalidArgument(UsageError, ValueError):
    """A value that is wrong on every broker."""


class EncodeError(UsageError, TypeError):
    """Job arguments that JSON cannot carry unchanged."""


class LimitExceeded(UsageError):
    """A value beyond what this broker declares; raised before any I/O."""


class Unsupported(UsageError):
    """An ability this broker does not have; raised before any I/O."""


class UnknownHandler(UsageError):
    """A job names a class for which no handler is registered."""


class BrokerClosed(UsageError):
    """The broker was closed by its owner and cannot be used again."""


class BrokerError(LindaError):
    """The server, or the way to it, failed."""


class BrokerUnavailable(BrokerError):
    """The server cannot be reached or refuses to serve: nothing was done."""

    transient = True


class ConnectionLost(BrokerError):
    """The connection broke during the call: whether the server acted on it is unknown."""

    transient = True


class LeaseLost(BrokerError):
    """The job is not the caller's to settle: the lease ran out, or it was settled before.

    Nothing was changed for `jobs`; every other job of the same call was settled.
    """

    def __init__(self, message: str, jobs: Sequence["Job"] = ()) -> None:
        super().__init__(message)
        self.jobs = tuple(jobs)


class JobError(LindaError):
    """One job is at fault; the broker and its other jobs are fine."""


class DecodeError(JobError):
    """A body that is not a Linda envelope."""


class TimeLimitExceeded(JobError):
    """A handler ran longer than its time limit."""


@contextmanager
def translating(table: Mapping[type[Exception], type[LindaError]], doing: str) -> Generator[None]:
    """Raise what `table` says for a foreign error, with the cause kept; the nearest class in the MRO wins."""
    try:
        yield
    except LindaError:
        raise
    except Exception as error:
        for known in type(error).__mro__:
            if known in table:
                raise table[known](f"{doing}: {str(error) or type(error).__name__}") from error
        raise
