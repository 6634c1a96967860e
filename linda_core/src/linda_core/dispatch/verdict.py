"""How a job ends: decided here without touching anything, applied by the settler."""

from dataclasses import dataclass

from linda_core import tracebacks
from linda_core.backoff import Backoff
from linda_core.errors import UnknownHandler
from linda_core.job import Job
from linda_core.signals import Bury, Discard, Retry

LONGEST_REASON = 8000  # characters of a reason kept: its end, where the cause is


@dataclass(frozen=True, slots=True)
class Delete:
    """Done, or given up for `reason`."""

    reason: str = ""


@dataclass(frozen=True, slots=True)
class Release:
    """Again, after `delay` seconds; without a `reason` nothing went wrong."""

    delay: float
    reason: str = ""


@dataclass(frozen=True, slots=True)
class SetAside:
    """Buried, with what a person needs to know."""

    reason: str


Verdict = Delete | Release | SetAside

DONE = Delete()
#: For a job that nobody has started.
UNTRIED = Release(0.0)


def decide(error: BaseException, job: Job, *, failures: int, max_attempts: int | None, backoff: Backoff) -> Verdict:
    """The verdict on a handler that raised. `failures` are those that count towards `max_attempts`."""
    match error:
        case Discard():
            return Delete(_told(error) or "discarded by its handler")
        case Bury():
            return SetAside(_told(error) or "buried by its handler")
        case UnknownHandler():
            return SetAside(_told(error))
        case _:
            pass
    if max_attempts is not None and failures >= max_attempts:
        return SetAside(_fit(f"failed on attempt {job.attempts}, max_attempts is {max_attempts}\n", _told(error)))
    if isinstance(error, Retry) and error.after is not None:
        return Release(error.after, _told(error))
    return Release(backoff(failures), _told(error))


def undecided(broken: BaseException) -> Verdict:
    """The verdict when deciding failed, as the program's own backoff may: `broken` tells of the handler as well."""
    return SetAside(_fit("failed, and so did deciding what follows\n", tracebacks.told(broken)))


def _told(error: BaseException) -> str:
    signal = isinstance(error, Retry | Discard | Bury | UnknownHandler)
    return _fit("", str(error) if signal else tracebacks.told(error))


def _fit(head: str, text: str) -> str:
    """Cut, and made such that every broker can store it: a message may hold half a surrogate pair."""
    return (head + text[-LONGEST_REASON:]).encode("utf-8", "backslashreplace").decode()
