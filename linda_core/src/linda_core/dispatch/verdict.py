"""How a job ends: decided here without touching anything, applied by the settler."""

import traceback
from dataclasses import dataclass

from linda_core.backoff import Backoff
from linda_core.errors import UnknownHandler
from linda_core.job import Job
from linda_core.signals import Bury, Discard, Retry

LONGEST_REASON = 8000  # characters of traceback kept: the end, where the cause is


@dataclass(frozen=True, slots=True)
class Delete:
    """Done, or given up for `reason`."""

    reason: str = ""


@dataclass(frozen=True, slots=True)
class Release:
    """Again, after `delay` seconds."""

    delay: float
    reason: str


@dataclass(frozen=True, slots=True)
class SetAside:
    """Buried, with what a person needs to know."""

    reason: str


Verdict = Delete | Release | SetAside

DONE = Delete()


def decide(error: BaseException, job: Job, *, failures: int, max_attempts: int | None, backoff: Backoff) -> Verdict:
    """The verdict on a handler that raised. `failures` are those that count towards `max_attempts`."""
    match error:
        case Discard():
            return Delete(str(error) or "discarded by its handler")
        case Bury():
            return SetAside(str(error) or "buried by its handler")
        case UnknownHandler():
            return SetAside(str(error))
        case _:
            pass
    if max_attempts is not None and failures >= max_attempts:
        return SetAside(f"failed on attempt {job.attempts}, the last of {max_attempts}\n{_told(error)}")
    if isinstance(error, Retry) and error.after is not None:
        return Release(error.after, str(error))
    return Release(backoff(failures), _headline(error))


def _headline(error: BaseException) -> str:
    return "".join(traceback.format_exception_only(error)).strip()


def _told(error: BaseException) -> str:
    if isinstance(error, Retry):
        return str(error)
    return "".join(traceback.format_exception(error))[-LONGEST_REASON:]
