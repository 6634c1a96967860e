"""Linda over Redis and Valkey.

URL: `redis://user:password@host:6379/0`, `rediss://` with TLS, `redis+unix:///path/to/socket?db=0`,
`redis+sentinel://host:26379,host2/primary/0`, `redis+cluster://host:6379,host2`. The options are in `options.py`.

Delivery: in the order of pushing. A released job goes to the front; one whose delay or lease is over, to the
back. A delayed job is late by milliseconds, an expired lease is seen within a second by those who wait.

Limits: a body of `proto-max-bulk-len` bytes (512 MB), 190 years of delay or lease, 0.001 s steps.

Not supported: priorities. Use one queue for each.
"""

import math
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import replace
from functools import partial
from typing import Any, ClassVar, Self, TypeVar

from redis import exceptions

from linda_core import driver
from linda_core.driver import Counts, Delivery, Entry, Sighting, State
from linda_redis import replies, scripts
from linda_redis.advice import LARGEST_BODY, Profile, profile
from linda_redis.connection import server_at
from linda_redis.failures import Cut, Refused, Silent, Unreachable
from linda_redis.keys import keys_of, pattern, queue_holding
from linda_redis.options import options_of
from linda_redis.scripts import Script
from linda_redis.server import Server
from linda_redis.waiter import Waiters

Answer = TypeVar("Answer")

#: Microseconds since 1970 are exact as a score up to 2**53, in the year 2255.
LONGEST = 190 * 365 * 86400.0

#: The most jobs in one call of a script, and about the most bytes: it holds up everybody else meanwhile.
BATCH = 1000
BATCH_BYTES = 16 * 1024 * 1024


class RedisDriver(
    driver.Driver[bytes],
    driver.Touches[bytes],
    driver.Buries[bytes],
    driver.Promotes,
    driver.Tallies,
    driver.Peeks,
    driver.Lists,
    driver.Purges,
):
    """One script for each verb. A receipt is the member of the reserved set, `id:pushed:attempts`."""

    capabilities = driver.Capabilities(
        durability=driver.Durability.RESTART,  # as Redis is shipped; connect asks
        lease=driver.LeaseSource.RESERVE,
        order=driver.Order.FIFO,
        on_release=driver.Return.FRONT,
        receipts=driver.Receipts.PORTABLE,
        idempotent_push=True,
        foreign_push="RPUSH {linda:<queue>}:in <envelope>, then optionally ZADD {linda:<queue>}:m 0 0 to be prompt",
    )
    limits = driver.Limits(body=LARGEST_BODY, delay=LONGEST, lease=LONGEST, batch=BATCH)
    errors: ClassVar = {
        Unreachable: driver.BrokerUnavailable,
        Cut: driver.ConnectionLost,
        Refused: driver.BrokerUnavailable,
        exceptions.AuthenticationError: driver.BrokerUnavailable,
        exceptions.RedisError: driver.BrokerError,
    }

    def __init__(self, server: Server, prefix: str, found: Profile, clock: driver.Clock) -> None:
        self._server = server
        self._prefix = prefix
        self._clock = clock
        self._waiters = Waiters()
        self.server = found.name
        self.capabilities = replace(self.capabilities, durability=found.durability)
        self.limits = replace(self.limits, body=found.largest_body)

    @classmethod
    def connect(cls, url: driver.BrokerURL, clock: driver.Clock) -> Self:
        options = options_of(url)
        server = server_at(url, options)
        try:
            return cls(server, options.prefix, profile(server.pools()[0], url), clock)
        except BaseException:
            server.close()
            raise

    def push(self, queue: str, entries: Sequence[Entry], delay: float) -> None:
        for batch in _batches(entries):
            jobs = [part for entry in batch for part in (entry.id, entry.body)]
            _again_if_cut(partial(self._run, scripts.PUSH, queue, _microseconds(delay), *jobs))

    def reserve(self, queues: Sequence[str], limit: int, lease: float, wait: float) -> Sequence[Delivery[bytes]]:
        if wait <= 0:
            return self._take(queues, limit, lease)[0]
        give_up = self._clock.monotonic() + wait
        markers = [keys_of(self._prefix, queue).marker for queue in queues]
        with self._waiters.enter() as waiter:
            while True:
                deliveries, due = self._take(queues, limit, lease)
                left = give_up - self._clock.monotonic()
                if deliveries or left <= 0:
                    return deliveries
                waiter.wait(self._server, markers, min(due, left))
                if waiter.woken:
                    self._pass_on(queues)
                    return []

    def _take(self, queues: Sequence[str], limit: int, lease: float) -> tuple[list[Delivery[bytes]], float]:
        """What is ready now, and in how many seconds more will be due."""
        deliveries: list[Delivery[bytes]] = []
        soonest = math.inf
        for queue in queues:
            try:
                due, taken, lapses = self._run(scripts.RESERVE, queue, limit - len(deliveries), _microseconds(lease))
            except exceptions.RedisError:
                if deliveries:
                    break  # they are ours already; the next call meets the error again
                raise
            deliveries += replies.deliveries(queue, taken, lapses)
            soonest = min(soonest, due / 1e6 if due >= 0 else math.inf)
            if len(deliveries) >= limit:
                break
        return deliveries, soonest

    def _pass_on(self, queues: Sequence[str]) -> None:
        """Wake another consumer, should we have taken the marker that a push has left for anybody."""
        with suppress(exceptions.RedisError):
            for queue in queues:
                self._run(scripts.PROMOTE, queue)

    def delete(self, queue: str, receipts: Sequence[bytes]) -> Sequence[int]:
        first, second = (partial(self._run, scripts.DELETE, queue, again, *receipts) for again in (0, 1))
        return _again_if_cut(first, second)

    def release(self, queue: str, receipts: Sequence[bytes], delay: float) -> Sequence[int]:
        refused: Sequence[int] = self._run(scripts.RELEASE, queue, _microseconds(delay), *receipts)
        return refused

    def touch(self, queue: str, receipts: Sequence[bytes], lease: float) -> Sequence[int]:
        return _again_if_cut(partial(self._run, scripts.TOUCH, queue, _microseconds(lease), *receipts))

    def bury(self, queue: str, receipts: Sequence[bytes], reason: str) -> Sequence[int]:
        refused: Sequence[int] = self._run(scripts.BURY, queue, reason, *receipts)
        return refused

    def kick(self, queue: str, limit: int) -> int:
        kicked = 0
        while kicked < limit:
            wanted = min(limit - kicked, BATCH)
            moved = self._run(scripts.KICK, queue, wanted)
            kicked += moved
            if moved < wanted:
                break
        return kicked

    def promote(self, queue: str) -> int:
        total = 0
        while moved := self._run(scripts.PROMOTE, queue):
            total += moved
        return total

    def counts(self, queue: str) -> Counts:
        return Counts(*_again_if_cut(partial(self._run, scripts.COUNTS, queue)))

    def peek(self, queue: str, state: State, limit: int) -> Sequence[Sighting]:
        seen: list[Sighting] = []
        while len(seen) < limit:
            wanted = min(limit - len(seen), BATCH)
            page = partial(self._run, scripts.PEEK, queue, state, len(seen), wanted)
            seen += (found := replies.sightings(_again_if_cut(page)))
            if len(found) < wanted:
                break
        return seen

    def queues(self) -> Sequence[str]:
        # Looked up, not kept: a list of names would miss what others push, and no single step could keep it right.
        found: set[str] = set()
        for pool in self._server.pools():
            cursor: Any = 0
            while cursor != b"0":
                cursor, keys = pool.call("SCAN", cursor, "MATCH", pattern(self._prefix), "COUNT", BATCH)
                found.update(name for key in keys if (name := queue_holding(self._prefix, key)) is not None)
        return list(found)

    def purge(self, queue: str) -> None:
        keys = keys_of(self._prefix, queue)
        self._server.call(keys.marker, "UNLINK", *keys.all)

    def wake(self) -> None:
        self._waiters.wake()

    def close(self) -> None:
        self._server.close()

    # What a script replies depends on the script, so this is where types are taken on trust.
    def _run(self, script: Script, queue: str, *arguments: bytes | str | int) -> Any:
        return script.run(self._server, keys_of(self._prefix, queue), *arguments)


def _microseconds(seconds: float) -> int:
    return math.ceil(seconds * 1e6)


def _again_if_cut(call: Callable[[], Answer], again: Callable[[], Answer] | None = None) -> Answer:
    """The answer to `call`, or to `again` if the connection broke: for what may be done twice."""
    try:
        return call()
    except Silent:
        raise
    except Cut as cut:
        try:
            return (again or call)()
        except (Unreachable, Refused):
            raise cut from None  # not plainly unavailable: the first call may have been done


def _batches(entries: Sequence[Entry]) -> Iterator[list[Entry]]:
    """The entries in parts that do not hold up the server for long."""
    batch: list[Entry] = []
    size = 0
    for entry in entries:
        if batch and size + len(entry.body) > BATCH_BYTES:
            yield batch
            batch, size = [], 0
        batch.append(entry)
        size += len(entry.body)
    if batch:
        yield batch
