"""Taking jobs back from holders that are frozen or cut off, where the server forgets to.

beanstalkd up to 1.13 ends a reservation with a timer of its connection. The timer is lost for good when it fires in
the very microsecond of the deadline (`conn_timeout` in its prot.c; issues 262 and 380), which on an idle server one
time in six it does. The job then stays reserved, with a negative time left, until its holder's connection speaks or
ends. The timers of delayed jobs have no such fault. So whoever takes jobs posts a guard, a delayed job with their ids,
and deletes it when it holds nothing more. Everybody who takes jobs looks now and then for guards that became ready,
and delays them again if their jobs have time left, or if they are needed as notes (see `notes`).

Nobody but its holder can give a stuck job back. It is replaced by a copy with the same count of reservations, and
marked, so that it is dropped when it comes back in the end. Should the rescuer die in between, it may run twice.
"""

import logging

from linda_beanstalk import notes
from linda_beanstalk.connection import Connection
from linda_beanstalk.facts import Facts
from linda_beanstalk.listing import counts
from linda_beanstalk.marks import Mark
from linda_beanstalk.tops import Top
from linda_beanstalk.tubes import MARKS, TOPS

log = logging.getLogger("linda.beanstalk")

#: As many guards are looked at in one patrol.
_LOOK = 100

#: Seconds after which the copy is ready even if its rescuer dies.
_COPYING = 60

#: Seconds after which a guard is looked at again that is kept as a note.
_NOTED = 60


def patrol(connection: Connection) -> None:
    """Look at the guards that are ready, and rescue what the server should have taken back."""
    ready = counts(connection, [connection.guards])[0].ready or 0
    guards = {guard.id: notes.read(guard.body) for guard in connection.take(connection.guards, min(ready, _LOOK))}
    jobs = [job for noted in guards.values() for job in noted]
    told = {job: facts for job, facts in zip(jobs, connection.facts(jobs), strict=True) if facts}
    for job, facts in told.items():
        if facts.state == "reserved" and facts.left < 0:
            _rescue(connection, job, facts)
    connection.exchange(
        [_afterwards(connection, guard, [told[job] for job in noted if job in told]) for guard, noted in guards.items()]
    )


def _afterwards(connection: Connection, guard: int, jobs: list[Facts]) -> bytes:
    """The guard is seen again after its jobs should have ended; as a note it stays until all are gone or written."""
    left = [job.left for job in jobs if job.state == "reserved" and job.left >= 0]
    if not left and connection.logged and any(job.state == "ready" for job in jobs):
        left = [_NOTED]
    return b"release %d 0 %d\r\n" % (guard, max(left) + 2) if left else b"delete %d\r\n" % guard


def _rescue(connection: Connection, job: int, facts: Facts) -> None:
    (original,) = connection.exchange([b"peek %d\r\n" % job])
    if original.word != b"FOUND":
        return
    log.warning("job %d of %s is replaced: its holder is gone, and the server did not notice", job, facts.tube)
    put = b"put %d %d %d %d\r\n%b\r\n"
    body = original.body
    (copy,) = connection.insert(facts.tube, [put % (facts.priority, _COPYING, facts.ttr, len(body), body)])
    connection.insert(TOPS + facts.tube, [Top.put(copy)])  # it is no new job
    count = [b"reserve-job %d\r\n" % copy, b"release %d %d %d\r\n" % (copy, facts.priority, _COPYING)]
    connection.exchange(count * facts.reserves)
    _drop(connection, facts.tube, job)
    connection.exchange([b"kick-job %d\r\n" % copy])


def _drop(connection: Connection, tube: str, job: int) -> None:
    """Add a job to the mark of its tube, and forget those that are gone by now."""
    (old,) = connection.in_tube(MARKS + tube, [b"peek-ready\r\n"])
    mark = Mark.read(old)
    jobs = [each for each, facts in zip(mark.jobs, connection.facts(mark.jobs), strict=True) if facts]
    body = Mark.body(mark.before, [*jobs, job])
    connection.insert(MARKS + tube, [b"put 0 0 60 %d\r\n%b\r\n" % (len(body), body)])
    if old.word == b"FOUND":
        connection.delete_all([old.id])
