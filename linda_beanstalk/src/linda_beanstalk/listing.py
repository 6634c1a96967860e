"""Tubes as queues: how many jobs each has, and what the queues are called."""

import re
from collections.abc import Sequence

from linda_beanstalk.connection import Connection
from linda_beanstalk.tubes import name_tube, queue_of
from linda_core.driver import Counts

_COUNTS = re.compile(
    rb"current-jobs-ready: (\d+)\ncurrent-jobs-reserved: (\d+)\ncurrent-jobs-delayed: (\d+)\ncurrent-jobs-buried: (\d+)"
)


def counts(connection: Connection, tubes: Sequence[str]) -> list[Counts]:
    """The jobs of each tube; none where there is no such tube."""
    found = [
        _COUNTS.search(answer.body)
        for answer in connection.exchange([b"stats-tube %b\r\n" % tube.encode() for tube in tubes])
    ]
    return [_counts(*map(int, match.groups())) if match else Counts(0, 0, 0, 0) for match in found]


def queues(connection: Connection) -> list[str]:
    """Every queue whose tube holds a job."""
    named = {tube: queue_of(tube) for tube in connection.tubes()}
    tubes = [tube for tube, queue in named.items() if queue or name_tube(tube)]
    filled = [tube for tube, jobs in zip(tubes, counts(connection, tubes), strict=True) if any(jobs)]
    names = [named[tube] or _kept_name(connection, tube) for tube in filled]
    return [name for name in names if name]


def keep_name(connection: Connection, tube: str, queue: str) -> None:
    """Where the tube does not tell the name of its queue, write it down, unless that was done."""
    if (names := name_tube(tube)) and _kept_name(connection, tube) is None:
        name = queue.encode()
        connection.insert(names, [b"put 0 0 1 %d\r\n%b\r\n" % (len(name), name)])


def _kept_name(connection: Connection, tube: str) -> str | None:
    names = name_tube(tube)
    if names is None:
        return None
    (answer,) = connection.in_tube(names, [b"peek-ready\r\n"])
    return answer.body.decode() if answer.word == b"FOUND" else None


def _counts(ready: int, reserved: int, delayed: int, buried: int) -> Counts:
    return Counts(ready=ready, delayed=delayed, reserved=reserved, buried=buried)
