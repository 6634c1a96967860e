"""What is written down of a batch before it is handed out: the jobs in it, and how often each was by then.

beanstalkd counts the reservations of a job, but its binlog learns of the count only with some events: put, burial, kick
and delayed release. A plain release, an expiry or the end of a connection are not among them. A note is a job, so it is
in the binlog at once. As long as it is there, a count that a killed server forgot can be told from it; see `recount`.

It is the guard of the batch at the same time (see `guards`). Its holder deletes it when all jobs are deleted or their
counts are written. If one was lost instead, the note stays as long as that job is ready or reserved. A job that was
handed out once, as most, is noted by its id alone.
"""

from collections.abc import Iterable, Mapping

#: Bytes that a job takes in a note, at most: its id, a colon, its attempts, a space.
LONGEST = 20 + 1 + 10 + 1

#: Seconds for which whoever looks at notes may keep them from others.
_TTR = 10


def command(attempts: Mapping[int, int], seconds: int) -> bytes:
    """The command that puts a note of jobs, to be seen after so many seconds."""
    body = b" ".join(b"%d" % job if count == 1 else b"%d:%d" % (job, count) for job, count in attempts.items())
    return b"put 0 %d %d %d\r\n%b\r\n" % (seconds, _TTR, len(body), body)


def read(body: bytes) -> dict[int, int]:
    """The jobs, and how often each was handed out."""
    words = (word.partition(b":") for word in body.split())
    return {int(job): int(count or 1) for job, _, count in words}


def merged(bodies: Iterable[bytes]) -> dict[int, int]:
    """Several notes as one: of a job that is in many, the highest count is the last."""
    attempts: dict[int, int] = {}
    for body in bodies:
        for job, count in read(body).items():
            attempts[job] = max(count, attempts.get(job, 0))
    return attempts
