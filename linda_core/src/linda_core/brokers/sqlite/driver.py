"""Linda over one SQLite file: durable, with nothing to install.

URL: `sqlite:///linda.db` (relative to the current folder) or `sqlite:////var/lib/linda.db`. Beside the file live
SQLite's `-wal` and `-shm` and Linda's `-lock`; delete all or none. Option `synchronous=full` (the default) or
`synchronous=normal`.

Delivery: in order of priority, then of first push; a job that comes back takes its old place. Every call is one
transaction, which survives a SIGKILL of every process at any moment, whatever the option. With `full` it is also on
the disk when the call returns, so that it survives a loss of power; with `normal` a loss of power (not a crash) may
undo the last seconds: jobs pushed then are gone, jobs settled then come back. On one SSD a call for one job takes
0.4 ms with `full` and 0.1 ms with `normal`; in batches of 100 it is 7 and 4 microseconds per job. Time is the injected
clock's.

Limits: a body has almost 10**9 bytes, or what this SQLite was built for. Writers take turns, so jobs per second are
those of one writer, however many processes there are; batches are cheap. Only a local disk will do.

Not supported: sharing a connection with a forked child (Linda opens its own there); other machines. A process that is
frozen (SIGSTOP) in the middle of a call holds up the others until it goes on or dies.
"""

import json
import math
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar, Literal, NamedTuple, Self

from linda_core import driver
from linda_core.brokers.sqlite import statements
from linda_core.brokers.sqlite.database import Database, Execute
from linda_core.brokers.sqlite.doorbell import Doorbell
from linda_core.brokers.sqlite.trouble import Trouble
from linda_core.driver import Counts, Delivery, Entry, Sighting, State

NUMBERS = {State.READY: 1, State.RESERVED: 2, State.DELAYED: 3, State.BURIED: 4}

#: Seconds after which a sleeper looks even if nobody rang: for writers that know no doorbell, or died before ringing.
BACKSTOP = 0.5

#: Bytes of a row that are not its body: id, queue name, reason.
BESIDES_BODY = 1_000_000

#: Bytes of bodies that are read in one piece, so that memory does not grow by more while they are cut up.
PIECE = 8_000_000

#: Jobs inserted by one statement.
ROWS = 250


class Receipt(NamedTuple):
    """One reservation: `seq` belongs to one job for ever, the attempt tells its reservations apart."""

    seq: int
    attempt: int


@dataclass(frozen=True)
class Options:
    """What the URL may say."""

    synchronous: Literal["full", "normal"] = "full"


class SqliteDriver(
    driver.Driver[Receipt],
    driver.Touches[Receipt],
    driver.Buries[Receipt],
    driver.Promotes,
    driver.Tallies,
    driver.Peeks,
    driver.Lists,
    driver.Purges,
):
    """Every verb is one transaction; what may concern a million jobs is done in steps."""

    capabilities = driver.Capabilities(
        durability=driver.Durability.CRASH,
        lease=driver.LeaseSource.RESERVE,
        order=driver.Order.FIFO,
        on_release=driver.Return.FRONT,
        receipts=driver.Receipts.PORTABLE,
        priority=True,
        idempotent_push=True,
        foreign_push="""INSERT INTO job (queue, body) VALUES ('q', CAST('{"payload": {"class": "Name"}}' AS BLOB))""",
    )
    errors: ClassVar[Mapping[type[Exception], type[driver.LindaError]]] = {
        Trouble: driver.BrokerUnavailable,
        OSError: driver.BrokerUnavailable,
        sqlite3.DataError: driver.LimitExceeded,
    }
    server = f"SQLite {sqlite3.sqlite_version}"

    def __init__(self, database: Database, clock: driver.Clock) -> None:
        self._database = database
        self._clock = clock
        self._doorbell = Doorbell(database.lock, clock)
        self.limits = driver.Limits(body=database.longest() - BESIDES_BODY)

    @classmethod
    def connect(cls, url: driver.BrokerURL, clock: driver.Clock) -> Self:
        options = url.options_as(Options)
        return cls(Database(_path(url), options.synchronous), clock)

    def push(self, queue: str, entries: Sequence[Entry], delay: float) -> None:
        with self._database.writing() as execute:
            now = self._clock.time()
            state, due = (3, now + delay) if delay else (1, 0.0)
            for start in range(0, len(entries), ROWS):
                rows = entries[start : start + ROWS]
                values = [
                    value for entry in rows for value in (queue, state, due, entry.id, entry.priority, entry.body)
                ]
                execute(statements.push(len(rows)), values)
            self._doorbell.ring(queue, due)

    def reserve(self, queues: Sequence[str], limit: int, lease: float, wait: float) -> Sequence[Delivery[Receipt]]:
        give_up = self._clock.monotonic() + wait
        wakes = self._doorbell.wakes
        while True:
            with self._database.writing() as execute:
                now = self._clock.time()
                deliveries = list(_take(execute, queues, limit, now, lease))
                moment = self._clock.monotonic()
                if deliveries or moment >= give_up or wakes != self._doorbell.wakes:
                    return deliveries
                due = min(_next_due(execute, queue) for queue in queues)
                heard = self._doorbell.listen(queues, until=due)
            self._doorbell.sleep(heard, min(give_up, moment + due - now, moment + BACKSTOP))

    def delete(self, queue: str, receipts: Sequence[Receipt]) -> Sequence[int]:
        with self._database.writing() as execute:
            held, refused = _held(execute, queue, receipts, self._clock.time())
            execute(statements.DELETE, {"jobs": held})
        return refused

    def release(self, queue: str, receipts: Sequence[Receipt], delay: float) -> Sequence[int]:
        with self._database.writing() as execute:
            now = self._clock.time()
            state, due = (3, now + delay) if delay else (1, 0.0)
            held, refused = _held(execute, queue, receipts, now)
            execute(statements.RELEASE, {"jobs": held, "state": state, "due": due})
            self._doorbell.ring(queue, due)
        return refused

    def touch(self, queue: str, receipts: Sequence[Receipt], lease: float) -> Sequence[int]:
        with self._database.writing() as execute:
            now = self._clock.time()
            held, refused = _held(execute, queue, receipts, now)
            execute(statements.TOUCH, {"jobs": held, "due": now + lease})
            self._doorbell.ring(queue, now + lease)
        return refused

    def bury(self, queue: str, receipts: Sequence[Receipt], reason: str) -> Sequence[int]:
        with self._database.writing() as execute:
            held, refused = _held(execute, queue, receipts, self._clock.time())
            execute(statements.BURY, {"jobs": held, "queue": queue, "reason": reason})
        return refused

    def kick(self, queue: str, limit: int) -> int:
        kicked = 0
        while kicked < limit:
            wanted = min(limit - kicked, statements.STEP)
            with self._database.writing() as execute:
                moved = execute(statements.KICK, {"queue": queue, "limit": wanted}).rowcount
                self._doorbell.ring(queue, 0.0)
            kicked += moved
            if moved < wanted:
                break
        return kicked

    def promote(self, queue: str) -> int:
        return self._in_steps(statements.PROMOTE, queue=queue, now=self._clock.time())

    def counts(self, queue: str) -> Counts:
        return Counts(*self._database.read(statements.COUNTS, queue=queue, now=self._clock.time())[0])

    def peek(self, queue: str, state: State, limit: int) -> Sequence[Sighting]:
        self.promote(queue)
        seen = self._database.read(statements.PEEK, queue=queue, state=NUMBERS[state], limit=limit)
        timed = state in (State.DELAYED, State.RESERVED)
        return [
            Sighting(identity, body, attempts, due if timed else None, reason)
            for identity, body, attempts, due, reason in seen
        ]

    def queues(self) -> Sequence[str]:
        return [name for (name,) in self._database.read(statements.QUEUES)]

    def purge(self, queue: str) -> None:
        self._in_steps(statements.PURGE, queue=queue)

    def wake(self) -> None:
        self._doorbell.wake()

    def close(self) -> None:
        self._doorbell.close()
        self._database.close()

    def _in_steps(self, statement: str, **values: object) -> int:
        total = 0
        while True:
            with self._database.writing() as execute:
                moved = execute(statement, values).rowcount
            total += moved
            if moved < statements.STEP:
                return total


def _path(url: driver.BrokerURL) -> Path:
    name = url.path[1:]
    if url.hosts or not name or "\0" in name:
        raise driver.InvalidURL(
            f"{url} names no file; write sqlite:///linda.db (in the current folder) or sqlite:////var/lib/linda.db"
        )
    if name == ":memory:":
        raise driver.InvalidURL(f"{url}: for jobs that live in one process write memory://")
    return Path(name).absolute()


def _take(execute: Execute, queues: Sequence[str], limit: int, now: float, lease: float) -> Iterator[Delivery[Receipt]]:
    """Reserve up to `limit` ready jobs of `queues`."""
    for queue in queues:
        execute(statements.PROMOTE, {"queue": queue, "now": now})
        seqs, sizes = map(json.loads, execute(statements.CHOOSE, {"queue": queue, "limit": limit}).fetchone())
        if not seqs:
            continue
        execute(statements.RESERVE, {"due": now + lease, "jobs": json.dumps(seqs)})
        for piece in _pieces(seqs, sizes):
            yield from _read(execute, queue, piece)
        limit -= len(seqs)
        if not limit:
            return


def _pieces(seqs: list[int], sizes: list[int]) -> Iterator[list[int]]:
    """Cut `seqs` where their sizes add up to more than PIECE."""
    total = start = 0
    for position, size in enumerate(sizes):
        if total + size > PIECE and position > start:
            yield seqs[start:position]
            total, start = 0, position
        total += size
    yield seqs[start:]


def _read(execute: Execute, queue: str, seqs: list[int]) -> Iterator[Delivery[Receipt]]:
    """The jobs just reserved, in this order."""
    found, attempts, lapses, id_sizes, ids, sizes, bodies = execute(
        statements.READ, {"jobs": json.dumps(seqs)}
    ).fetchone()
    columns = (*map(json.loads, (found, attempts, lapses)), _cut(ids, id_sizes), _cut(bodies, sizes))
    jobs = {
        seq: Delivery(queue, identity.decode(), body, attempt, Receipt(seq, attempt), lapsed)
        for seq, attempt, lapsed, identity, body in zip(*columns, strict=True)
    }
    return map(jobs.__getitem__, seqs)


def _cut(joined: bytes | None, sizes: str) -> Iterator[bytes]:
    start = 0
    for size in json.loads(sizes):
        yield (joined or b"")[start : start + size]
        start += size


def _held(execute: Execute, queue: str, receipts: Sequence[Receipt], now: float) -> tuple[str, list[int]]:
    """The JSON list of the jobs whose receipts are good now, and the positions of the other receipts."""
    asked = "{" + ",".join(f'"{seq}":{attempt}' for seq, attempt in dict.fromkeys(receipts)) + "}"
    seqs, attempts = execute(statements.HELD, {"receipts": asked, "queue": queue, "now": now}).fetchone()
    good = set(zip(json.loads(seqs), json.loads(attempts), strict=True))
    refused: list[int] = []
    for position, receipt in enumerate(receipts):
        if receipt in good:
            good.remove(receipt)  # given twice, it is good once
        else:
            refused.append(position)
    return seqs, refused


def _next_due(execute: Execute, queue: str) -> float:
    (due,) = execute(statements.NEXT_DUE, {"queue": queue}).fetchone()
    return math.inf if due is None else due
