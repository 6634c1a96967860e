"""How often a job was handed out, known even after the server was killed.

beanstalkd counts the reservations of a job, but its binlog learns of the count only with some later event: a
delayed release writes it; a plain one, an expiry or the end of a connection do not. So where there is a binlog,
each hand-out is written before the job is returned: the job is released with the shortest delay there is and
reserved again, by its id, in the same breath. Should either side die in between, it is ready a second later.

Every hand-out then makes two reservations, of which a killed server forgets the second unless it wrote something
later. After `n` hand-outs its count is `2n`, or `2n - 1` with that one forgotten; the next hand-out finds one
more, and adds what is missing to `2(n + 1)`. A reservation by another program than Linda counts as half of one.
"""

from collections.abc import Sequence
from itertools import islice
from typing import NamedTuple

from linda_beanstalk.answers import Answer
from linda_beanstalk.connection import Connection, Facts


def attempts_of(reserves: int, *, logged: bool) -> int:
    """How often a job was handed out; `logged` says whether the server writes a binlog."""
    return (reserves + 1) // 2 if logged else reserves


class Handed(NamedTuple):
    """A job that was taken, and is written down as such."""

    id: int
    body: bytes
    attempts: int
    since: float  #: shortly before its TTR began
    facts: Facts


def hand_out(connection: Connection, taken: Sequence[Answer], tubes: Sequence[str], since: float) -> list[Handed]:
    """Of what was taken from `tubes` at `since` or later, all that is still held, in the same order."""
    if not taken:
        return []
    known = connection.survey(taken, tubes)
    if not connection.logged:
        return [Handed(job.id, job.body, facts.reserves, since, facts) for job, facts in known]
    since = connection.clock.monotonic()
    handed = [Handed(job.id, job.body, facts.reserves // 2 + 1, since, facts) for job, facts in known]
    missing = [2 * job.attempts - job.facts.reserves for job in handed]
    answers = iter(
        connection.exchange(
            [
                command
                for job, times in zip(handed, missing, strict=True)
                for command in (b"release %d %d 1\r\n" % (job.id, job.facts.priority), b"reserve-job %d\r\n" % job.id)
                * times
            ]
        )
    )
    return [
        job
        for job, times in zip(handed, missing, strict=True)
        if list(islice(answers, 2 * times))[-1].word == b"RESERVED"
    ]
