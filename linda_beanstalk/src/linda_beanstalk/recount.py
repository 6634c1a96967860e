"""Attempts that a killed server forgot, brought back before anybody takes a job from the one that followed it.

The notes of what was handed out are in the binlog (see `notes`), in a tube named after the process that died. Whoever
connects to another process and finds such a tube sees to it that each job is reserved as often as was noted, keeps
the notes that still matter, and deletes those of the dead. Counts only go up, so whoever does it may die at any point
and another goes on; but two at once would count too far. So only he does it who, having reserved notes, sees that
nobody else has any; all others wait. What the dead had reserved is ready again, here as for any other job. A job that
a program without Linda was faster to reserve is left alone, and misses what was forgotten of it.
"""

import random
import threading
from math import inf

from linda_beanstalk import notes
from linda_beanstalk.answers import Answer
from linda_beanstalk.connection import Connection
from linda_beanstalk.listing import counts
from linda_beanstalk.tubes import GUARDS
from linda_core.driver import Clock

#: Seconds between two looks at whether another has done it, at most.
_PAUSE = 0.05

#: Notes taken at once.
_ALL = 100_000

#: Seconds until a note that was kept is looked at.
_SEEN = 10


def restore(connection: Connection, patience: float) -> None:
    """Return when no note of a dead server is left. Raises TimeoutError if another keeps some for so many seconds."""
    give_up = connection.clock.monotonic() + patience
    dead = {tube for tube in connection.tubes() if tube.startswith(GUARDS)} - {connection.guards}
    for tube in sorted(dead):  # one after the other, and everybody in the same order
        while any(counts(connection, [tube])[0]):
            if connection.clock.monotonic() > give_up:
                raise TimeoutError(f"another program has been counting attempts for {patience} seconds")
            if guards := _alone(connection, tube):
                _recount(connection, notes.merged(guard.body for guard in guards))
                connection.delete_all(guard.id for guard in guards)
            else:
                _pause(connection.clock)


def _alone(connection: Connection, tube: str) -> list[Answer]:
    """The notes that can be had, unless another has some."""
    connection.in_tube(tube, [b"kick %d\r\n" % _ALL])  # most are delayed
    guards = connection.take(tube, _ALL)
    if counts(connection, [tube])[0].reserved == len(guards):
        return guards
    connection.exchange([b"release %d 0 0\r\n" % guard.id for guard in guards])
    return []


def _recount(connection: Connection, noted: dict[int, int]) -> None:
    """The notes are kept: whoever died while doing this may have made reservations that are not written."""
    told = connection.told(noted)
    commands: list[bytes] = []
    for job, facts in told.items():
        forgotten = noted[job] - facts.reserves if facts.state == "ready" else 0
        if forgotten > 0:
            again = [b"reserve-job %d\r\n" % job, b"release %d %d 1\r\n" % (job, facts.priority)]
            commands += [*again * forgotten, b"kick-job %d\r\n" % job]
    connection.exchange(commands)
    fitting = connection.server["max-job-size"] // notes.LONGEST
    kept = [(job, noted[job]) for job in told]
    parts = [dict(kept[start : start + fitting]) for start in range(0, len(kept), fitting)]
    connection.insert(connection.guards, [notes.command({inf: part}, _SEEN) for part in parts])


def _pause(clock: Clock) -> None:
    condition = threading.Condition()
    with condition:
        clock.wait(condition, random.uniform(0, _PAUSE))
