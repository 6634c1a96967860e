"""Looking at jobs without taking them, on a server that shows only the first ready, delayed or buried one.

Any job can be asked for by its id, and ids are given out in order, one row for all tubes. So the others are found
by asking for many: the ids around that of the first ready job, and the newest for what is delayed, or where nothing
is ready. A job behind thousands of others is not found, unless it is the first of its state.
"""

from linda_beanstalk.connection import Connection
from linda_beanstalk.facts import Facts
from linda_beanstalk.graves import visit
from linda_core.driver import Sighting, State

#: As many ids are asked for.
SPAN = 10_000

_PROBES = "$probe"


def look(connection: Connection, tube: str, state: State, limit: int, now: float) -> list[Sighting]:
    """Up to `limit` jobs of one state, in the order in which they would leave it."""
    reasons: dict[int, str] = {}
    if state is State.BURIED:
        with visit(connection, tube, limit) as graves:
            reasons = {grave.job: grave.reason for grave in graves}
        ids = [*reasons, *_first(connection, tube, state)]  # of which the first may be another program's
    else:
        ids = [*_first(connection, tube, state), *_span(connection, tube, state)]
    told = connection.told(dict.fromkeys(ids))
    found = {job: facts for job, facts in told.items() if facts.tube == tube and facts.state == state}
    seen = sorted(found, key=lambda job: _place(found[job], job, state))[:limit]
    bodies = connection.bodies(seen)
    return [_sighting(job, bodies[job], found[job], reasons.get(job, ""), now) for job in seen if job in bodies]


def _first(connection: Connection, tube: str, state: State) -> list[int]:
    """The one job that the server shows."""
    if state is State.RESERVED:
        return []
    answers = connection.in_tube(tube, [b"peek-%b\r\n" % state.encode()])
    return [answer.id for answer in answers if answer.word == b"FOUND"]


def _span(connection: Connection, tube: str, state: State) -> range:
    """The ids among which to search."""
    if state is not State.DELAYED:
        for ready in _first(connection, tube, State.READY):
            return range(max(1, ready - SPAN // 2), ready + SPAN // 2)
    (newest,) = connection.insert(_PROBES, [b"put 0 0 1 0\r\n\r\n"])
    connection.delete_all([newest])
    return range(max(1, newest - SPAN), newest)


def _place(facts: Facts, job: int, state: State) -> tuple[int, int]:
    """What is buried stays in the order in which it was asked for, which is that of the burials."""
    if state is State.BURIED:
        return 0, 0
    return facts.priority if state is State.READY else facts.left, job


def _sighting(job: int, body: bytes, facts: Facts, reason: str, now: float) -> Sighting:
    due = now + facts.left if facts.state == State.DELAYED else None
    return Sighting(str(job), body, facts.reserves, due, reason)
