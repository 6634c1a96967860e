"""Taking jobs back from holders that are frozen or cut off, where the server does not.

A lease shorter than the TTR is unknown to the server: the holder ends it, if it runs. And beanstalkd up to 1.13 ends
a reservation with a timer of its connection, which is lost for good when it fires in the very microsecond of the
deadline (`conn_timeout` in its prot.c; issues 262 and 380); on an idle server one time in six it does. The job then
stays reserved, with a negative time left, until its holder's connection speaks or ends. The timers of delayed jobs have
no such fault. So whoever takes jobs posts a guard, a delayed job with their ids and their lease (see `notes`), and
deletes it when it holds nothing more. Everybody who takes jobs looks each second for guards that became ready, and
delays them again if their jobs have time left, or if they are needed as notes.

A reservation is over when it has not been touched for its lease; it is known by its number, which is the attempt.
Nobody but its holder can give it back. So the job is replaced by a copy with the same count of reservations, and
marked, so that it is dropped when it comes back in the end; until then it is counted as reserved. Should the rescuer
die in between, or a program without Linda, which knows no marks, be the next to take it, it may run twice.
"""

import logging
from collections.abc import Mapping, Sequence
from math import inf

from linda_beanstalk import notes
from linda_beanstalk.answers import Answer
from linda_beanstalk.connection import Connection
from linda_beanstalk.facts import Facts
from linda_beanstalk.listing import counts
from linda_beanstalk.marks import Mark
from linda_beanstalk.notes import Note
from linda_beanstalk.tops import Top
from linda_beanstalk.tubes import MARKS, TOPS

log = logging.getLogger("linda.beanstalk")

#: As many guards are kept from others at once.
_LOOK = 100

#: Seconds that a holder may take between the server's answer and the lease that begins with it.
_SLACK = 1

#: Seconds after which a copy is ready even if its rescuer dies.
_COPYING = 60

#: Seconds after which a guard is looked at again that is kept as a note.
_NOTED = 60


def patrol(connection: Connection) -> None:
    """Look at all guards that are ready now, and rescue what should have been given back."""
    ready = counts(connection, [connection.guards])[0].ready or 0
    for start in range(0, ready, _LOOK):
        _look_at(connection, connection.take(connection.guards, min(ready - start, _LOOK)))


def _look_at(connection: Connection, ready: Sequence[Answer]) -> None:
    guards = {guard.id: notes.read(guard.body) for guard in ready}
    told = connection.told(job for noted in guards.values() for job in noted)
    for guard, noted in guards.items():
        left = {job: _left(connection, told[job], note) for job, note in noted.items() if job in told}
        _rescue(connection, {job: told[job] for job, seconds in left.items() if seconds < 0})
        soonest = min((seconds for seconds in left.values() if seconds >= 0), default=inf)
        again = b"delete %d\r\n" % guard if soonest == inf else b"release %d 0 %d\r\n" % (guard, soonest + 1)
        connection.exchange([again])


def _left(connection: Connection, facts: Facts, note: Note) -> float:
    """Seconds until there is something to see: below 0 where a reservation should be over, infinite for never."""
    if facts.state != "reserved":
        return _NOTED if facts.state == "ready" and connection.logged else inf
    if facts.reserves != note.attempts:
        return facts.left
    return min(facts.left, note.lease + _SLACK - (facts.ttr - facts.left))


def _rescue(connection: Connection, jobs: Mapping[int, Facts]) -> None:
    for tube in {facts.tube for facts in jobs.values()}:
        _replace(connection, tube, {job: facts for job, facts in jobs.items() if facts.tube == tube})


def _replace(connection: Connection, tube: str, jobs: Mapping[int, Facts]) -> None:
    """Those that are gone by now are left out, and those that are marked: by a purge, or for another guard."""
    (old,) = connection.in_tube(MARKS + tube, [b"peek-ready\r\n"])
    mark = Mark.read(old)
    marked = connection.told(mark.jobs)
    room = max(0, connection.server["max-job-size"] // notes.LONGEST - len(marked))
    originals = connection.bodies([job for job in jobs if not mark.drops(job)][:room])
    if not originals:
        return
    puts = [_copy(body, jobs[job]) for job, body in originals.items()]
    copies = dict(zip(connection.insert(tube, puts), (jobs[job] for job in originals), strict=True))
    log.warning("%d jobs of %s are replaced: their lease is over, and their holder silent", len(copies), tube)
    connection.insert(TOPS + tube, [Top.put(max(copies))])  # they are no new jobs
    connection.exchange([command for copy, facts in copies.items() for command in _count(copy, facts)])
    body = Mark.body(mark.before, [*marked, *originals])
    connection.insert(MARKS + tube, [b"put 0 0 60 %d\r\n%b\r\n" % (len(body), body)])
    if old.word == b"FOUND":
        connection.delete_all([old.id])
    connection.exchange([b"kick-job %d\r\n" % copy for copy in copies])


def _copy(body: bytes, facts: Facts) -> bytes:
    return b"put %d %d %d %d\r\n%b\r\n" % (facts.priority, _COPYING, facts.ttr, len(body), body)


def _count(copy: int, facts: Facts) -> list[bytes]:
    """As many reservations as the original has had."""
    once = [b"reserve-job %d\r\n" % copy, b"release %d %d %d\r\n" % (copy, facts.priority, _COPYING)]
    return once * facts.reserves
