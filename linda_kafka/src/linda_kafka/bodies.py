"""The bodies of jobs: those of ready ones as far as there is room in memory, all others read from the log again."""

import threading
from collections.abc import Iterable, Sequence

from confluent_kafka import TopicPartition

from linda_kafka.clients import Consumer, Settings
from linda_kafka.failures import Cut, concerns_us
from linda_kafka.record import body_of

#: Bytes of bodies to keep in memory. The first to come are kept: they are the next to be handed out.
_ROOM = 16 * 2**20
#: A body is this much more than its bytes.
_OVERHEAD = 200
#: Reading so many records that nobody wants is faster than asking for a later one.
_STRIDE = 200


class Kept:
    """Bodies in memory, by the numbers of their jobs. Not for several threads."""

    def __init__(self) -> None:
        self._bodies: dict[int, bytes] = {}
        self._room = _ROOM

    def keep(self, number: int, body: bytes) -> None:
        """If there is room."""
        if self._room > 0:
            self._bodies[number] = body
            self._room -= len(body) + _OVERHEAD

    def pop(self, number: int) -> bytes | None:
        """Forget a body, and return it if it was kept."""
        body = self._bodies.pop(number, None)
        if body is not None:
            self._room += len(body) + _OVERHEAD
        return body

    def forget(self, numbers: Iterable[int]) -> None:
        """Forget many."""
        for number in numbers:
            self.pop(number)


class Reader:
    """Reads single records of the log. Any thread may use it; one reads at a time."""

    def __init__(self, settings: Settings, topic: str, timeout: float) -> None:
        self._settings = settings
        self._topic = topic
        self._timeout = timeout
        self._lock = threading.Lock()
        self._consumer: Consumer | None = None

    def read(self, offsets: Sequence[int]) -> dict[int, bytes]:
        """The bodies in the records at `offsets`, by offset. Raises Cut where they cannot be had."""
        with self._lock:
            consumer = self._consumer = self._consumer or Consumer(self._settings)
            bodies: dict[int, bytes] = {}
            position = -_STRIDE - 1
            try:
                for offset in sorted(offsets):
                    if not position <= offset <= position + _STRIDE:
                        consumer.assign([TopicPartition(self._topic, 0, offset)])
                    bodies[offset] = self._body(consumer, offset)
                    position = offset + 1
            finally:
                consumer.unassign()  # it would go on reading what follows
            return bodies

    def close(self) -> None:
        """Give up the connection."""
        if self._consumer:
            self._consumer.close()

    def _body(self, consumer: Consumer, offset: int) -> bytes:
        while True:
            message = consumer.poll(self._timeout)
            if message is None:
                raise Cut(f"cannot read record {offset}: no answer for {self._timeout:g} s")
            if error := message.error():
                if concerns_us(error):
                    raise Cut(f"cannot read record {offset}: {error.str()}")
            elif message.offset() == offset:
                return body_of(message.key(), message.value() or b"")
