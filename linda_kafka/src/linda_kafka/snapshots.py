"""Snapshots of a ledger: nobody has to read its log from the beginning, and what is done can be dropped from it.

They are in a topic of their own, each as parts and an end that says how many parts there must be. Every process has
the same ledger at the same offset, so anybody's snapshot is as good as any other.
"""

import json
import secrets
import time
from collections.abc import Iterator
from functools import partial
from typing import Any, NamedTuple

from confluent_kafka import KafkaError, KafkaException, Message, TopicPartition

from linda_kafka.clients import Consumer, Producer, Settings
from linda_kafka.failures import Cut, NewerLedger, concerns_us, of_delivery, of_question
from linda_kafka.ledger import Ledger
from linda_kafka.threads import TICK

VERSION = 1

#: So many bytes may be on their way: they are made faster than they are written, and take up memory.
_AHEAD = 2**20

#: Near the beginning of the last part.
_END = b'"end":'


class Place(NamedTuple):
    """Where a snapshot is in its topic."""

    first: int
    end: int


class Snapshots:
    """Those of one ledger."""

    def __init__(self, topic: str, timeout: float) -> None:
        """`timeout` is how many seconds each answer may take."""
        self.topic = topic
        self._timeout = timeout

    def write(self, settings: Settings, ledger: Ledger, offset: int) -> int:
        """Write what `ledger`, a copy, was after `offset`. Returns the offset of the first part."""
        parts = _Parts(Producer(settings), self.topic)
        for part in ledger.dump():
            parts.add(part)
        parts.add({"end": parts.number, "offset": offset, **ledger.summary()})
        return parts.written()

    def load(self, consumer: Consumer) -> tuple[Ledger, int] | None:
        """The latest one, and the offset of the record that comes next."""
        place = self._latest(consumer)
        return self._read(consumer, place) if place else None

    def _latest(self, consumer: Consumer) -> Place | None:
        """The complete one of the latest state, which need not be the last one in the topic."""
        found, latest, seen = None, -1, dict[bytes, list[int]]()
        for key, offset, value in self._records(consumer, None):
            seen.setdefault(key, []).append(offset)
            end = json.loads(value) if _END in value[:20] else None
            if end and end["end"] == len(seen[key]) - 1 and end["offset"] > latest:
                found, latest = Place(seen[key][0], offset), end["offset"]
        return found

    def _read(self, consumer: Consumer, place: Place) -> tuple[Ledger, int]:
        ledger, wanted = Ledger(), b""
        for key, offset, value in self._records(consumer, place):
            wanted = wanted or key
            if key == wanted:
                part = json.loads(value)
                if part["v"] != VERSION:
                    raise NewerLedger(f"snapshots of version {part['v']}")
                if offset == place.end:
                    ledger.complete(part)
                    return ledger, part["offset"] + 1
                ledger.load(part)
        raise Cut("a snapshot ended early")

    def _records(self, consumer: Consumer, place: Place | None) -> Iterator[tuple[bytes, int, bytes]]:
        """Key, offset and value of all that is there, or of what is in `place`."""
        first, last = place or ends(consumer, self.topic, self._timeout)
        if first > last:
            return
        consumer.assign([TopicPartition(self.topic, 0, first)])
        while True:
            message = consumer.poll(self._timeout)
            if message is None:
                raise Cut(f"cannot read the snapshots: no answer for {self._timeout:g} s")
            if error := message.error():
                if concerns_us(error):
                    raise Cut(f"cannot read the snapshots: {error.str()}")
                continue
            offset = message.offset() or 0
            yield message.key() or b"", offset, message.value() or b""
            if offset >= last:
                return


class _Parts:
    """The parts of one snapshot on their way."""

    def __init__(self, producer: Producer, topic: str) -> None:
        self.number = 0
        self._producer = producer
        self._topic = topic
        self._key = secrets.token_bytes(8)
        self._ahead = 0
        self._first: int | None = None
        self._error: Exception | None = None

    def add(self, what: dict[str, Any]) -> None:
        """Write one more, as soon as there is room."""
        value = json.dumps({"v": VERSION, **what}, separators=(",", ":")).encode()
        while self._ahead > _AHEAD:
            self._producer.poll(TICK)
        self.number += 1
        self._ahead += len(value)
        self._producer.produce(self._topic, value, self._key, partition=0, on_delivery=partial(self._done, len(value)))

    def written(self) -> int:
        """The offset of the first one, when all are there."""
        left = self._producer.flush()
        if self._error:
            raise self._error
        if left or self._first is None:
            raise Cut("nobody says what became of a snapshot")
        return self._first

    def _done(self, size: int, error: KafkaError | None, message: Message) -> None:
        self._ahead -= size
        if error:
            self._error = of_delivery(error)
        elif self._first is None:
            self._first = message.offset()


def ends(consumer: Consumer, topic: str, timeout: float) -> Place:
    """The first and the last offset of a topic. Raises Unreachable.

    One that was just made, or whose leader was just lost, may have none; the library does not wait for it here.
    """
    give_up = time.monotonic() + timeout
    while True:
        try:
            first, after = consumer.get_watermark_offsets(TopicPartition(topic, 0), timeout)
        except KafkaException as error:
            if error.args[0].code() not in _LEADERLESS or time.monotonic() > give_up:
                raise of_question(error.args[0]) from error
            time.sleep(TICK)
        else:
            return Place(first, after - 1)


_LEADERLESS = (KafkaError.NOT_LEADER_FOR_PARTITION, KafkaError.LEADER_NOT_AVAILABLE)
