"""Linda over Kafka: a job queue on a log that all who consume read, each coming to the same state.

URL: `kafka://user:password@host:9092,host2:9092/ledger?timeout=10`, `kafkas://` for TLS. The path names the ledger, by
default `linda`: two topics, which are made where they are missing. The options are the fields of
`linda_kafka.options.Options`.

Delivery: first in, first out; what comes back goes to the end of its queue. The server's log decides who holds a job,
and its clock when a lease is over, so any process may settle what another one took. A program without Linda pushes
by producing the envelope to the ledger's topic, with the queue as the record's key; without a key the envelope's own
`queue` counts, and without that it is `default`. If its transaction is aborted, nothing was pushed; while one is
open, nobody reads on.

Limits: a body may be as long as the topic's `max.message.bytes`, less 2 KiB. Delays and leases are in milliseconds;
delays reach ten years. Each process that consumes reads the whole ledger, also the jobs of other queues, and has 8
bytes in memory for each job that is ready and 16 for each that is delayed; some 100 more if it was tried before.

Not supported: priorities; recognising a job that is pushed twice, except where the client library repeats a record
itself; jobs of a worker that died come back when their lease is over, not at once.
"""

import math
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from threading import Lock
from typing import Any, ClassVar, Self, TypeVar

from linda_core import driver
from linda_core.driver import BrokerURL, Clock, Counts, Delivery, Entry, Sighting, State
from linda_kafka import options, record
from linda_kafka.bodies import Reader
from linda_kafka.failures import Cut, Refused, TooLarge, Unreachable
from linda_kafka.jobs import Jobs, Receipt, Sight
from linda_kafka.replica import Replica
from linda_kafka.settings import of_reader
from linda_kafka.topics import Topics
from linda_kafka.writer import Writer

T = TypeVar("T")

#: Bytes of a record beside the envelope: the longest name of a queue, the largest command, what Kafka adds.
_BESIDE = 2048

_SIGHTS: Mapping[State, Callable[[Jobs, int], list[Sight]]] = {
    State.READY: Jobs.ready_sights,
    State.DELAYED: Jobs.delayed_sights,
    State.RESERVED: Jobs.held_sights,
    State.BURIED: Jobs.buried_sights,
}


class KafkaDriver(
    driver.Touches[Receipt],
    driver.Buries[Receipt],
    driver.Promotes,
    driver.Tallies,
    driver.Peeks,
    driver.Lists,
    driver.Purges,
    driver.Driver[Receipt],
):
    """A receipt is the number of a job and that of the command that took it; any process may use it."""

    capabilities = driver.Capabilities(
        durability=driver.Durability.CRASH,
        lease=driver.LeaseSource.RESERVE,
        order=driver.Order.FIFO,
        on_release=driver.Return.BACK,
        receipts=driver.Receipts.PORTABLE,
        foreign_push="kcat -P -b host:9092 -t linda -k queue <envelope.json",
    )
    server = "Kafka"  # it tells its clients no version
    limits = driver.Limits(delay=10 * 366 * 86400.0, lease=366 * 86400.0, batch=5_000)
    errors: ClassVar[Mapping[type[Exception], type[driver.LindaError]]] = {
        Unreachable: driver.BrokerUnavailable,
        Cut: driver.ConnectionLost,
        Refused: driver.BrokerUnavailable,
        TooLarge: driver.LimitExceeded,
    }

    def __init__(self, settings: Mapping[str, Any], ledger: str, timeout: float) -> None:
        self._settings = settings
        self._ledger = ledger
        self._timeout = timeout
        self._writer = Writer(settings, ledger, timeout)
        self._reader = Reader(of_reader(settings), ledger, timeout)
        self._followed: Replica | None = None
        self._starting = Lock()
        self._wakes = 0

    @classmethod
    def connect(cls, url: BrokerURL, clock: Clock) -> Self:  # noqa: ARG003 - time is the server's
        chosen = options.options_of(url)
        settings, ledger = options.client(url, chosen), options.ledger_of(url)
        topics = Topics(url, chosen)
        connected = cls(settings, ledger, chosen.timeout)
        try:
            longest = topics.prepare()
        except BaseException:
            connected.close()
            raise
        connected.limits = replace(cls.limits, body=longest - _BESIDE)
        return connected

    def push(self, queue: str, entries: Sequence[Entry], delay: float) -> None:
        self._writer.append([record.job(queue, entry.body, _milliseconds(delay)) for entry in entries])

    def reserve(self, queues: Sequence[str], limit: int, lease: float, wait: float) -> Sequence[Delivery[Receipt]]:
        wakes, give_up = self._wakes, time.monotonic() + wait
        replica = self._replica()
        taken = replica.take(queues, limit, _milliseconds(lease))
        while not taken and replica.wait(queues, give_up - time.monotonic(), lambda: self._wakes != wakes):
            taken = replica.take(queues, limit, _milliseconds(lease))
        bodies = self._bodies([job.number for job, body in taken if body is None])
        return [
            Delivery(
                job.queue,
                str(job.number),
                bodies[job.number] if body is None else body,
                job.tries.attempts,
                Receipt(job.number, job.reservation),
                job.tries.lapses,
            )
            for job, body in taken
        ]

    def delete(self, queue: str, receipts: Sequence[Receipt]) -> Sequence[int]:
        return self._settle("delete", queue, receipts)

    def release(self, queue: str, receipts: Sequence[Receipt], delay: float) -> Sequence[int]:
        return self._settle("release", queue, receipts, delay=_milliseconds(delay))

    def bury(self, queue: str, receipts: Sequence[Receipt], reason: str) -> Sequence[int]:
        return self._settle("bury", queue, receipts, reason=reason)

    def touch(self, queue: str, receipts: Sequence[Receipt], lease: float) -> Sequence[int]:
        return self._settle("touch", queue, receipts, lease=_milliseconds(lease))

    def kick(self, queue: str, limit: int) -> int:
        return int(self._replica().call("kick", {"queue": queue, "limit": limit}))

    def promote(self, queue: str) -> int:
        return int(self._replica().call("promote", {"queue": queue}))

    def counts(self, queue: str) -> Counts:
        jobs = self._looked_at(
            queue, lambda jobs: (len(jobs.ready), len(jobs.delayed), len(jobs.held), len(jobs.buried))
        )
        return Counts(*jobs)

    def peek(self, queue: str, state: State, limit: int) -> Sequence[Sighting]:
        sights = self._looked_at(queue, lambda jobs: _SIGHTS[state](jobs, limit))
        bodies = self._bodies([sight.number for sight in sights])
        return [
            Sighting(
                str(sight.number),
                bodies[sight.number],
                sight.attempts,
                None if sight.due is None else sight.due / 1000,
                sight.reason,
            )
            for sight in sights
        ]

    def queues(self) -> Sequence[str]:
        replica = self._replica()
        replica.call("look", {})
        with replica.changed:
            return replica.ledger.names()

    def purge(self, queue: str) -> None:
        self._writer.append([record.command("purge", {"queue": queue})])

    def wake(self) -> None:
        self._wakes += 1  # also for a reserve that has not come to waiting yet
        if self._followed:
            self._followed.wake()

    def close(self) -> None:
        if self._followed:
            self._followed.close()
        self._reader.close()
        self._writer.close()

    def _replica(self) -> Replica:
        """Following the log begins with the first call that needs to know what is in it."""
        with self._starting:
            if self._followed is None:
                self._writer.check()
                self._followed = Replica(self._settings, self._ledger, self._timeout, self._writer)
            return self._followed

    def _settle(self, verb: str, queue: str, receipts: Sequence[Receipt], **how: object) -> Sequence[int]:
        refused: list[int] = self._replica().call(verb, {"queue": queue, "jobs": receipts, **how})
        return refused

    def _looked_at(self, queue: str, look: Callable[[Jobs], T]) -> T:
        """What `look` sees of a queue, when all that was in the log before has been read and what is due is ready."""
        replica = self._replica()
        replica.call("promote", {"queue": queue})
        with replica.changed:
            return look(replica.ledger.queues.get(queue) or Jobs(queue))

    def _bodies(self, numbers: Sequence[int]) -> Mapping[int, bytes]:
        """The bodies of jobs, as they were pushed."""
        if not numbers:
            return {}
        replica = self._replica()
        with replica.changed:
            places = {number: replica.ledger.place(number) for number in numbers}
        values = self._reader.read(list(places.values()))
        return {number: values[place] for number, place in places.items()}


def _milliseconds(seconds: float) -> int:
    """Rounded up; Broker has rounded to thousandths already, as far as floating point can."""
    return math.ceil(round(seconds * 1000, 3))
