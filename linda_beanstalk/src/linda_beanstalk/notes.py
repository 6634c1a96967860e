"""What is written down of a batch before it is handed out: its lease, the jobs, and how often each was handed out.

beanstalkd counts the reservations of a job, but its binlog learns of the count only with some events: put, burial, kick
and delayed release. A plain release, an expiry or the end of a connection are not among them. A note is a job, so it is
in the binlog at once. As long as it is there, a count that a killed server forgot can be told from it; see `recount`.

It is the guard of the batch at the same time (see `guards`). Its holder deletes it when all jobs are deleted or their
counts are written. If one was lost instead, the note stays as long as that job is ready or reserved. It reads
`+60 17 18:2`: for 60 seconds, job 17 for the first time, which is not said, and job 18 for the second.
"""

from collections.abc import Iterable, Mapping
from math import inf
from typing import NamedTuple

#: Bytes that a job takes in a note, at most: a lease and its id, with a sign and a space each; a colon, its attempts.
LONGEST = 12 + 22 + 11

#: Seconds for which whoever looks at notes may keep them from others.
_TTR = 10


class Note(NamedTuple):
    """What is noted of one job."""

    attempts: int
    lease: float  #: seconds from its last touch; infinite where nobody has it any more


def command(leases: Mapping[float, Mapping[int, int]], seconds: int) -> bytes:
    """The command that puts a note of the attempts of jobs, under each lease, to be seen after so many seconds.

    An infinite lease is not written, and comes first.
    """
    words: list[bytes] = []
    for lease, attempts in leases.items():
        words += [] if lease == inf else [b"+%d" % lease]
        words += [b"%d" % job if count == 1 else b"%d:%d" % (job, count) for job, count in attempts.items()]
    body = b" ".join(words)
    return b"put 0 %d %d %d\r\n%b\r\n" % (seconds, _TTR, len(body), body)


def read(body: bytes) -> dict[int, Note]:
    """What is noted of each job."""
    noted: dict[int, Note] = {}
    lease = inf
    for word in body.split():
        if word.startswith(b"+"):
            lease = int(word)
        else:
            job, _, count = word.partition(b":")
            noted[int(job)] = Note(int(count or 1), lease)
    return noted


def merged(bodies: Iterable[bytes]) -> dict[int, int]:
    """The attempts in several notes: of a job that is in many, the highest count is the last."""
    attempts: dict[int, int] = {}
    for body in bodies:
        for job, note in read(body).items():
            attempts[job] = max(note.attempts, attempts.get(job, 0))
    return attempts
