"""From jobs reserved to jobs handed out: what was purged is dropped, attempts are counted, and all is written down."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from linda_beanstalk import facts, notes
from linda_beanstalk.answers import Answer
from linda_beanstalk.connection import RESERVE, Connection
from linda_beanstalk.facts import Facts
from linda_beanstalk.marks import Mark
from linda_beanstalk.tops import Top
from linda_beanstalk.tubes import MARKS, TOPS

_PEEK = [b"peek-ready\r\n"]


class Haul(NamedTuple):
    """Jobs reserved from one tube, with their bodies, and the top that was there afterwards."""

    tube: str
    jobs: dict[int, bytes]
    top: Top
    purged: bool  #: whether others had to be dropped: there may be more


class Handed(NamedTuple):
    """A job that is handed out, and is written down as such."""

    tube: str
    id: int
    body: bytes
    attempts: int
    lapses: int


def haul(connection: Connection, tubes: Sequence[str], limit: int, first: Answer | None) -> list[Haul]:
    """Up to `limit` jobs, earlier tubes first, and among them a first one that was waited for."""
    left = limit - bool(first)
    origin = _origin(connection, tubes, first) if first else ""
    hauls: list[Haul] = []
    for tube in tubes:
        jobs = [first] if first and tube == origin else []
        if left > 0 or jobs:
            hauls.append(_haul_from(connection, tube, left, jobs))
            left -= len(hauls[-1].jobs) - len(jobs)
    return hauls


def _origin(connection: Connection, tubes: Sequence[str], job: Answer) -> str:
    if len(tubes) == 1:
        return tubes[0]
    (known,) = connection.facts([job.id])
    return known.tube if known else ""


def _haul_from(connection: Connection, tube: str, limit: int, first: Sequence[Answer]) -> Haul:
    """The TTR of the first ones, which came at some time while they were waited for, begins anew."""
    connection.watch_only([tube])
    flight = connection.flight()
    touches = flight.add(b"touch %d\r\n" % job.id for job in first)
    reserves = flight.add([RESERVE] * limit)
    looks = flight.add(_PEEK, MARKS + tube), flight.add(_PEEK, TOPS + tube)
    answers = connection.answers(flight)
    (mark,), (top,) = (answers[look] for look in looks)
    held = [job for job, touch in zip(first, answers[touches], strict=True) if touch.word == b"TOUCHED"]
    jobs = {job.id: job.body for job in [*held, *answers[reserves]] if job.word == b"RESERVED"}
    purged = [*filter(Mark.read(mark).drops, jobs)]
    connection.delete_all(purged)
    return Haul(tube, {job: body for job, body in jobs.items() if job not in purged}, Top.read(top), bool(purged))


def hand_out(connection: Connection, hauls: Sequence[Haul], lease: int, ttr: int) -> list[Handed]:
    """All jobs that are still held, in the same order. They are guarded: see `guards`."""
    attempts = dict.fromkeys((job for haul in hauls for job in haul.jobs), 1)
    if not attempts:
        return []
    new = {haul.tube: fresh for haul in hauls if (fresh := [*filter(haul.top.below, haul.jobs)])}
    seen = [*(attempts.keys() - set().union(*new.values()))]
    flight = connection.flight()
    tops = {tube: max(fresh) for tube, fresh in new.items()}
    raises = {top: flight.add([*_PEEK, Top.put(top)], TOPS + tube) for tube, top in tops.items()}
    guard = flight.add([notes.command({lease: attempts}, min(lease, ttr) + 1)], connection.guards)
    stats = flight.add(b"stats-job %d\r\n" % job for job in seen)
    answers = connection.answers(flight)
    connection.guarded_by(*answers[guard])
    raised = [connection.raised(top, *answers[place]) for top, place in raises.items()]
    told = dict(zip(seen, map(facts.read, answers[stats]), strict=True))
    if not all(raised):
        told = dict(zip(attempts, connection.facts(attempts), strict=True))
    _count(attempts, told)
    if any(count > 1 for count in attempts.values()):
        connection.guard({lease: attempts}, min(lease, ttr) + 1)
    return [
        Handed(haul.tube, job, body, attempts[job], known.lapses if (known := told.get(job)) else 0)
        for haul in hauls
        for job, body in haul.jobs.items()
        if job in attempts
    ]


def _count(attempts: dict[int, int], told: Mapping[int, Facts | None]) -> None:
    """Correct the attempts of those jobs of which the server told; leave out those that it does not have any more."""
    for job, known in told.items():
        if known:
            attempts[job] = known.reserves
        else:
            del attempts[job]
