"""Settling reserved jobs, many at a time: what is not the caller's is named, everything else is done."""

from collections.abc import Callable, Iterable, Sequence
from typing import Any, TypeVar

from linda_core import arguments
from linda_core.errors import LeaseLost
from linda_core.job import Job
from linda_core.lifecycle import State
from linda_core.link import Link
from linda_core.reservation import let_go

Ability = TypeVar("Ability")

#: One driver call: the receipts to settle, and back the positions of those it refused.
Act = Callable[[Ability, list[Any]], Sequence[int]]


def settle(
    link: Link,
    ability: type[Ability],
    verb: str,
    queue: str,
    jobs: Iterable[Job],
    act: Act[Ability],
    then: Callable[[Job], object],
) -> None:
    """Let `act` happen to `jobs`, and `then` to each for which it did. Raises LeaseLost for those that are not held."""
    arguments.queue_name(queue)
    held, lost = _sorted_out(link, queue, jobs)
    reserved, receipts = list(held), list(held.values())
    size = link.driver.limits.batch
    for start in range(0, len(reserved), size):
        chunk = reserved[start : start + size]
        with link.call(ability, f"{verb} in {queue!r}") as driver:
            refused = set(act(driver, receipts[start : start + size]))
        lost += [chunk[position] for position in refused]
        for position, job in enumerate(chunk):
            if position in refused:
                let_go(job, None)
            else:
                then(job)
    if lost:
        raise LeaseLost(_explained(link, verb, queue, lost), lost)


def _holds(link: Link, job: Job, queue: str) -> bool:
    origin: Link | None = job._origin
    return (
        job.state is State.RESERVED
        and job.queue == queue
        and (origin is link or (origin is not None and origin.url == link.url))
    )


def _sorted_out(link: Link, queue: str, jobs: Iterable[Job]) -> tuple[dict[Job, Any], list[Job]]:
    """Those held here with their receipts, and those that are not; a job given twice is held once."""
    held: dict[Job, Any] = {}
    lost: list[Job] = []
    for job in jobs:
        receipt = job._receipt  # before the check: another thread may let go of the job at any moment
        if _holds(link, job, queue) and job not in held:
            held[job] = receipt
        else:
            lost.append(job)
    return held, lost


def _explained(link: Link, verb: str, queue: str, jobs: Sequence[Job]) -> str:
    ids = ", ".join(job.id for job in jobs[:5]) + (f" and {len(jobs) - 5} more" if len(jobs) > 5 else "")
    return (
        f"{link.url}: cannot {verb} in {queue!r}: job {ids} is not reserved here by this caller (its lease ran out, "
        "it was settled before, or it came from elsewhere); nothing was changed for it, and it may run again"
    )
