"""Follows the log and keeps the ledger that results from it, in one process and for one Broker.

A call is a command in the log that its own process reads like all others, and whose outcome it then knows.
"""

import logging
import math
import secrets
import threading
import time
from collections.abc import Callable, Sequence
from itertools import count
from typing import Any

from confluent_kafka import KafkaError, Message, TopicPartition

from linda_kafka.bodies import Kept
from linda_kafka.clients import Consumer, Settings
from linda_kafka.failures import Cut, Refused, Unreachable, concerns_us, of_question
from linda_kafka.jobs import Jobs, Taken
from linda_kafka.keeper import Keeper
from linda_kafka.ledger import Ledger, Outcome
from linda_kafka.record import COMMAND, Command, command, command_of, queue_of
from linda_kafka.settings import of_reader, of_replica
from linda_kafka.snapshots import Snapshots, ends
from linda_kafka.threads import TICK, Service
from linda_kafka.turns import Turns
from linda_kafka.writer import Writer

log = logging.getLogger("linda.kafka")

#: Records to fold before others get to see the ledger.
_BATCH = 500
#: Seconds to wait for an answer where there was none because we were not let in.
_MENDING = 1.0
#: Seconds for each batch read, by which another clock may run slower than ours.
_DRIFT = 1e-6
#: Seconds: the longest a thread waits before it looks up.
_LONG = 3600.0


class _Behind(Exception):
    """What we wanted to read next has been dropped: this process was asleep for long."""


class Call:
    """A command of ours of which we do not know yet what it did."""

    def __init__(self) -> None:
        self.outcome: Outcome = None
        self.done = False
        self.offset = math.inf  #: where it is in the log, as soon as that is known
        self.error: Exception | None = None
        self.over = threading.Event()

    def written(self, offset: int) -> None:
        """It is in the log."""
        self.offset = offset

    def fails(self, error: Exception) -> None:
        """There is no outcome."""
        self.error = error
        self.over.set()


class Replica:
    """Any thread may call; one thread of its own reads."""

    def __init__(self, settings: Settings, topic: str, timeout: float, writer: Writer) -> None:
        """Loads the latest snapshot. Raises Unreachable and Cut."""
        self.ledger = Ledger()  #: to be looked at with `changed` held
        self.changed = threading.Condition()
        self._kept = Kept()
        self._turns = Turns()
        self._writer = writer
        self._timeout = timeout
        self._identity = secrets.token_hex(6)
        self._numbers = count()
        self._calls: dict[int, Call] = {}
        self._orphans: list[Taken] = []  #: taken by calls that gave up in the meantime
        self._doubts = 0  #: how often the connection was in trouble
        self._ahead = -math.inf  #: how many seconds the log's clock is ahead of ours
        self._read = 0  #: how many records, to see whether we get on
        self._next = 0  #: the offset of the record to be read next
        self._behind = True  #: whether what comes next has to be looked up
        self._failed: Exception | None = None
        self._refused: Refused | None = None  #: why the server does not let us read, as far as we know
        self._settings = settings
        self._topic = topic
        self._snapshots = Snapshots(f"{topic}.snapshots", timeout)
        self._keeper = Keeper(settings, topic, self._snapshots, writer)
        self._consumer = Consumer({**of_replica(settings), "error_cb": self._trouble})
        try:
            self._begin()
        except BaseException:
            self._consumer.close()
            raise
        self._service = Service(self._step, self._consumer.close)

    def call(self, verb: str, what: dict[str, Any]) -> Outcome:
        """Have a command done. Raises Unreachable where certainly nothing was, Cut where nobody knows."""
        self._writer.check()
        number, call = next(self._numbers), Call()
        with self.changed:
            if self._failed:
                raise self._failed
            self._calls[number] = call
        try:
            record = command(verb, {**what, "by": self._identity, "call": number})
            self._writer.post(record, call.fails, call.written)
            error = self._waited(call)
        finally:
            with self.changed:
                self._calls.pop(number, None)
        if error and not call.done:
            raise error
        return call.outcome

    def take(self, queues: Sequence[str], limit: int, lease: int) -> list[tuple[Taken, bytes | None]]:
        """Reserve jobs. A body that is not in memory is None."""
        with self._turns.taking(self.changed, queues):
            taken = self.call("take", {"queues": list(queues), "limit": limit, "lease": lease})
        with self.changed:
            return [(job, self._kept.pop(job.number)) for job in taken]

    def wait(self, queues: Sequence[str], seconds: float, woken: Callable[[], bool]) -> bool:
        """Until there may be something to take, for `seconds` at most. False when there is not, or when `woken`."""
        give_up = time.monotonic() + seconds
        with self.changed:
            doubts, since = self._doubts, None
            while True:
                now = time.monotonic()
                if now >= give_up or woken():
                    return False
                ready = self._ready(queues)
                since = (since or now) if ready else None
                pause = (
                    since + self._turns.pause(self._identity, queues, ready) - now if since else self._until_due(queues)
                )
                if pause <= 0 or self._doubts != doubts or self._failed:
                    return True
                self.changed.wait(min(give_up - now, pause, _LONG))

    def wake(self) -> None:
        """Have all who wait see whether they are woken."""
        with self.changed:
            self.changed.notify_all()

    def close(self) -> None:
        """Stop following. The keeper's call may be under way, and nobody else's."""
        self._service.stop()
        self._abandon(Unreachable("closed"))

    def _begin(self) -> None:
        """Start from the latest snapshot or, without one, from the beginning."""
        reader = Consumer(of_reader(self._settings))  # the other would wait for more before it reads another topic
        try:
            ledger, position = self._snapshots.load(reader) or (
                Ledger(),
                ends(reader, self._topic, self._timeout).first,
            )
        finally:
            reader.close()
        with self.changed:
            self.ledger = ledger
            self._kept = Kept()
            self._next = position
        self._consumer.assign([TopicPartition(self._topic, 0, position)])
        self._behind = False

    def _waited(self, call: Call) -> Exception | None:
        """Why there is no outcome, if so. Waits for as long as records come: there may be many to read before ours."""
        read = -1
        while not call.over.wait(_MENDING if self._refused else self._timeout):
            if read == self._read:
                return self._refused or Cut(f"no answer for {self._timeout:g} s")
            if call.offset < self._next:
                return Cut("it was done, and dropped from the log before it was read")
            read = self._read
        return call.error

    def _ready(self, queues: Sequence[str]) -> int:
        return sum(len(jobs.ready) for jobs in self._known(queues))

    def _until_due(self, queues: Sequence[str]) -> float:
        """Seconds until the next delay or lease ends."""
        due = min((due for jobs in self._known(queues) if (due := jobs.next_due()) is not None), default=None)
        if due is None:
            return _LONG
        return due / 1000 - time.time() - self._ahead

    def _known(self, queues: Sequence[str]) -> list[Jobs]:
        return [self.ledger.queues[queue] for queue in queues if queue in self.ledger.queues]

    def _step(self) -> None:
        try:
            if self._behind:
                self._begin()
            if message := self._consumer.poll(TICK):
                self._read_on([message, *self._consumer.consume(_BATCH, 0)])
        except _Behind:
            self._behind = True
        except (Cut, Unreachable) as error:
            log.warning("cannot follow the ledger, trying again: %s", error)
            time.sleep(TICK)
        except Exception as error:  # noqa: BLE001 - whoever calls must hear of it, whatever it is
            self._fail(error)

    def _read_on(self, messages: Sequence[Message]) -> None:
        with self.changed:
            finished = [call for message in messages if (call := self._fold(message))]
            self._read += len(messages)
            self._next = max(self._next, (messages[-1].offset() or 0) + 1)
            self._ahead = max(self._ahead - _DRIFT, self.ledger.now / 1000 - time.time())
            self.changed.notify_all()
            orphans, self._orphans = self._orphans, []
        for call in finished:
            call.over.set()
        for job in orphans:
            self._give_back(job)

    def _fold(self, message: Message) -> Call | None:
        if error := message.error():
            if error.code() == KafkaError._AUTO_OFFSET_RESET:
                raise _Behind(error)
            self._hear(error)
            return None
        self._refused = None
        key, value, offset = message.key(), message.value(), message.offset() or 0
        stamp = message.timestamp()[1]
        if value is None:
            return None
        if key != COMMAND:
            self.ledger.job(queue_of(key, value), offset, stamp)
            self._kept.keep(offset, value)
            return None
        try:
            return self._obey(command_of(value), offset, stamp)
        except (AttributeError, LookupError, TypeError, ValueError) as error:
            log.error("record %d of the ledger is passed over, as it is no command of Linda: %r", offset, error)
            return None

    def _obey(self, asked: Command, offset: int, stamp: int) -> Call | None:
        what = asked.what
        if asked.verb == "purge" and what["queue"] in self.ledger.queues:
            self._kept.forget(self.ledger.queues[what["queue"]].ready)
        if asked.verb == "move":
            self._kept.forget([what["number"]])
        outcome = self.ledger.command(asked, offset, stamp)
        ours = what.get("by") == self._identity
        if ours and self.ledger.keeper:
            self._keeper.keep(self.ledger, offset, self.call)
        call = self._calls.pop(what["call"], None) if ours else None
        if call:
            call.outcome, call.done = outcome, True
        if asked.verb == "take":
            self._turns.took(what["by"], what["queues"], bool(outcome))
            if ours and not call:
                self._orphans += outcome
            elif not ours:
                self._kept.forget(job.number for job in outcome)
        return call

    def _give_back(self, job: Taken) -> None:
        what = {"queue": job.queue, "jobs": [[job.number, job.reservation]]}
        self._writer.post(command("unsee", what), lambda error: log.warning("not given back: %s", error))

    def _fail(self, error: Exception) -> None:
        log.error("cannot follow the ledger: %s", error, exc_info=not isinstance(error, Refused))
        self._service.stop()
        self._abandon(error)

    def _abandon(self, error: Exception) -> None:
        """There will be no more outcomes."""
        with self.changed:
            self._failed = error
            for call in self._calls.values():
                call.fails(error)
            self.changed.notify_all()

    def _hear(self, error: KafkaError) -> None:
        """What keeps us from reading may be for people to mend: then nobody should wait for it."""
        if not concerns_us(error):
            return
        reason = of_question(error)
        if isinstance(reason, Refused):
            self._refused = reason
            for call in self._calls.values():
                call.fails(reason)
        self._trouble(error)

    def _trouble(self, _: KafkaError) -> None:
        """Those who wait try a call, and so find out what is the matter."""
        with self.changed:
            self._doubts += 1
            self.changed.notify_all()
