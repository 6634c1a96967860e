"""What is buried in a tube, in which order, and why.

beanstalkd keeps no reasons, and shows only the first of its buried jobs. So before a job is buried, a record with
its id and the reason goes into a tube that nobody watches. The server's own state decides: a record of a job that
was not buried after all, or was kicked or deleted by another program, is removed by whoever comes across it.
"""

from collections.abc import Generator, Iterable
from contextlib import contextmanager
from typing import NamedTuple

from linda_beanstalk.answers import Answer
from linda_beanstalk.connection import Connection
from linda_beanstalk.facts import Facts
from linda_beanstalk.tubes import GRAVES

#: Seconds, enough to read the records for one call.
_TTR = 60


class Grave(NamedTuple):
    """The record of a buried job."""

    record: int  #: the record's own id
    job: int
    reason: str
    facts: Facts


def dig(connection: Connection, tube: str, jobs: Iterable[int], reason: str, longest: int) -> None:
    """Write the records of jobs that are about to be buried; a reason too long for the server ends in `…`."""
    commands: list[bytes] = []
    for job in jobs:
        record = _shortened(b"%d %b" % (job, reason.encode(errors="replace")), longest)
        commands.append(b"put 0 0 %d %d\r\n%b\r\n" % (_TTR, len(record), record))
    connection.insert(GRAVES + tube, commands)


def kick(connection: Connection, tube: str, limit: int) -> int:
    """Make up to `limit` buried jobs ready, oldest first, and those last that another program buried.

    Each by its id: `kick` with a number moves delayed jobs when nothing is buried.
    """
    with visit(connection, tube, limit) as graves:
        answers = connection.exchange([b"kick-job %d\r\n" % grave.job for grave in graves])
        connection.delete_all([grave.record for grave in graves])
    kicked = sum(answer.word == b"KICKED" for answer in answers)
    while kicked < limit:
        (first,) = connection.in_tube(tube, [b"peek-buried\r\n"])
        if first.word != b"FOUND" or connection.exchange([b"kick-job %d\r\n" % first.id])[0].word != b"KICKED":
            break
        kicked += 1
    return kicked


@contextmanager
def visit(connection: Connection, tube: str, limit: int) -> Generator[list[Grave]]:
    """The first `limit` graves, oldest first. Nobody else sees their records meanwhile."""
    graves: dict[int, Grave] = {}
    seen: list[Answer] = []
    while len(graves) < limit and (records := connection.take(GRAVES + tube, limit - len(graves))):
        seen += records
        jobs = [int(record.body.partition(b" ")[0]) for record in records]
        stale: list[int] = []
        for record, job, facts in zip(records, jobs, connection.facts(jobs), strict=True):
            if facts and facts.tube == tube and facts.state == "buried":
                if job in graves:  # buried again, after somebody else's kick
                    stale.append(graves.pop(job).record)
                graves[job] = Grave(record.id, job, record.body.partition(b" ")[2].decode(errors="replace"), facts)
            elif not facts or facts.state != "reserved":  # one that is reserved may be about to be buried
                stale.append(record.id)
        connection.delete_all(stale)
    yield list(graves.values())
    connection.exchange([b"release %d 0 0\r\n" % record.id for record in seen])


def _shortened(record: bytes, longest: int) -> bytes:
    mark = "…".encode()
    return record if len(record) <= longest else record[: longest - len(mark)] + mark
