"""What a driver hands out, made into jobs: decoded, stamped with their lease, or set aside."""

import logging
from collections.abc import Sequence
from itertools import groupby
from typing import Any

from linda_core import envelope
from linda_core.driver import Buries, Delivery, Driver, Sighting
from linda_core.errors import DecodeError
from linda_core.job import Job
from linda_core.lifecycle import State
from linda_core.link import Link

log = logging.getLogger("linda")

#: Taking a job for good still reserves it first; long enough for the delete that follows.
TAKING_LEASE = 30.0


def receive(
    driver: Driver[Any], deliveries: Sequence[Delivery[Any]], lease: float, link: Link, now: float
) -> list[Job]:
    """The deliveries as reserved jobs: undecodable ones are buried, and with lease 0 the others taken for good."""
    jobs: list[Job] = []
    for queue, identity, body, attempts, receipt, lapses in deliveries:
        try:
            job = envelope.decode(body, fallback_id=identity, now=now)
        except DecodeError as error:
            _set_aside(driver, queue, receipt, str(error))
            continue
        job.queue = queue
        job.attempts = attempts
        job.lapses = lapses
        job.state = State.RESERVED
        job.timeout = lease
        job.deadline = now + lease
        job._receipt = receipt
        job._origin = link
        jobs.append(job)
    return jobs if lease else _take(driver, jobs)


def let_go(job: Job, state: State | None) -> None:
    """The job is no longer reserved here: it went to `state`."""
    if job.state is State.RESERVED:  # else another thread, a handler perhaps, has settled it meanwhile
        job.state = state
        job.deadline = job._receipt = None


def renew(job: Job, lease: float, deadline: float) -> None:
    """The job is reserved here for `lease` seconds more, until `deadline`."""
    if job.state is State.RESERVED:
        job.timeout, job.deadline = lease, deadline


def hand_back(driver: Driver[Any], deliveries: Sequence[Delivery[Any]]) -> None:
    """Release what nobody will get to see."""
    for queue, group in groupby(deliveries, key=lambda delivery: delivery.queue):
        driver.release(queue, [delivery.receipt for delivery in group], 0)


def sighted(sighting: Sighting, queue: str, state: State, now: float) -> Job:
    """A job as `peek` shows it; what cannot be decoded has no name, and its body tells more."""
    try:
        job = envelope.decode(sighting.body, fallback_id=sighting.id, now=now)
    except DecodeError as error:
        job = Job("", id=sighting.id)
        job.body, job.reason = sighting.body, str(error)
    job.queue, job.state, job.attempts = queue, state, sighting.attempts
    job.deadline = sighting.due
    job.reason = sighting.reason or job.reason
    return job


def _take(driver: Driver[Any], jobs: list[Job]) -> list[Job]:
    """The jobs that could be deleted before anybody sees them: only they are taken for good."""
    taken: list[Job] = []
    for queue, group in groupby(jobs, key=lambda job: job.queue):
        of_queue = list(group)
        refused = set(driver.delete(queue, [job._receipt for job in of_queue]))
        taken += [job for position, job in enumerate(of_queue) if position not in refused]
    for job in taken:
        let_go(job, None)
    return taken


def _set_aside(driver: Driver[Any], queue: str, receipt: Any, reason: str) -> None:
    log.error("set aside: a job of %r: %s", queue, reason)
    if isinstance(driver, Buries):  # elsewhere it stays away for its lease; released, it would be popped for ever
        driver.bury(queue, [receipt], reason)
