"""Keeps a ledger short: writes snapshots, drops what is done, and writes again what has been waiting for long."""

import threading
from collections.abc import Callable, Iterator
from typing import Any

from confluent_kafka import KafkaException, TopicPartition

from linda_kafka.bodies import Reader
from linda_kafka.clients import AdminClient, Settings, log
from linda_kafka.failures import Cut, Refused, TooLarge, Unreachable
from linda_kafka.jobs import parts
from linda_kafka.ledger import Ledger, Outcome
from linda_kafka.record import command
from linda_kafka.settings import of_producer, of_reader
from linda_kafka.snapshots import Snapshots
from linda_kafka.writer import Writer

#: A log may be this many times as long as there are jobs in it, and so much more, before old ones are written again.
_FACTOR, _SLACK = 4, 100_000

#: As many bodies are in memory while they are written again.
_BODIES = 100

_TIMEOUT = 30.0

Call = Callable[[str, dict[str, Any]], Outcome]


class Keeper:
    """Works in a thread of its own, which ends when it is done. Whatever fails is done by the next one."""

    def __init__(self, settings: Settings, topic: str, snapshots: Snapshots, writer: Writer) -> None:
        self._settings = settings
        self._topic = topic
        self._snapshots = snapshots
        self._writer = writer
        self._busy = threading.Lock()

    def keep(self, ledger: Ledger, offset: int, call: Call) -> None:
        """`ledger` is what was after `offset`; `call` has a command done. One at a time: the next one does for all."""
        if self._busy.acquire(blocking=False):
            self._start(ledger.copy(), offset, call)

    def _start(self, ledger: Ledger, offset: int, call: Call) -> None:
        threading.Thread(target=self._keep, args=(ledger, offset, call), name="linda-kafka-keeper").start()

    def _keep(self, ledger: Ledger, offset: int, call: Call) -> None:
        try:
            first = self._snapshots.write(of_producer(self._settings, _TIMEOUT), ledger, offset)
            if call("keep", {"offset": offset, "first": first}):
                needed = min((place for _, place in ledger.places()), default=offset + 1)
                self._drop(first, min(needed, offset + 1))
                self._move(ledger, offset)
        except (Cut, Refused, TooLarge, Unreachable, KafkaException) as error:
            if not self._writer.closed:
                log.warning("the ledger was not made shorter, it will be later: %s", error)
        finally:
            self._busy.release()

    def _drop(self, first: int, needed: int) -> None:
        """Everything before the snapshot, and before the oldest record that has a job."""
        admin = AdminClient(self._settings)
        ends = [
            TopicPartition(self._snapshots.topic, 0, first),
            TopicPartition(self._topic, 0, needed),
        ]
        for dropped in admin.delete_records(ends, request_timeout=_TIMEOUT).values():
            dropped.result(_TIMEOUT)

    def _move(self, ledger: Ledger, offset: int) -> None:
        """Write old jobs again, so that what is around them can be dropped."""
        old = offset - _FACTOR * len(ledger) - _SLACK
        reader = Reader(of_reader(self._settings), self._topic, _TIMEOUT)
        try:
            for some in parts(_placed_before(ledger, old), _BODIES):
                bodies = reader.read([place for _, place in some])
                self._writer.append([command("move", {"number": number}, bodies[place]) for number, place in some])
        finally:
            reader.close()


def _placed_before(ledger: Ledger, old: int) -> Iterator[tuple[int, int]]:
    return ((number, place) for number, place in ledger.places() if place < old)
