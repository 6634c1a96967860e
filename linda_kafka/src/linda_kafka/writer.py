"""Appends records to the log, and says when the server has them."""

import threading
import time
from collections.abc import Callable, Sequence
from typing import Any

from confluent_kafka import KafkaError, KafkaException, Message

from linda_kafka.clients import Producer, Settings
from linda_kafka.failures import Cut, Unreachable, of_delivery, of_question
from linda_kafka.record import Record
from linda_kafka.settings import of_producer
from linda_kafka.threads import TICK, Service

#: Called with what went wrong.
Failed = Callable[[Exception], object]

#: Seconds in which a server that was gone has to answer.
_PATIENCE = 2.0
_MOMENT = 0.01
#: Seconds that the library may take longer than it should.
_SLACK = 5.0


class Appends:
    """Waits for a number of records. The callbacks of all are called by one thread."""

    def __init__(self, number: int, patience: float) -> None:
        """`patience` is how many seconds the library may take to say what became of them."""
        self._left = number
        self._patience = patience
        self._error: KafkaError | None = None
        self._all = threading.Event()

    def done(self, error: KafkaError | None, _: object) -> None:
        """One of them was written, or was not."""
        self._error = self._error or error
        self._left -= 1
        if not self._left:
            self._all.set()

    def wait(self) -> KafkaError | None:
        """Until the server has all of them. Returns what is the matter with one that it is not known to have."""
        if not self._all.wait(self._patience):
            raise Cut(f"nobody says what became of {self._left} records")
        return self._error


class Writer:
    """The producer of one Broker. Any thread may use it, and waits for nobody else's records.

    It is idempotent: librdkafka repeats what was cut off, and the server drops what it has already.
    """

    def __init__(self, settings: Settings, topic: str, timeout: float) -> None:
        """`timeout` is how many seconds a record may take."""
        self._settings = {**of_producer(settings, timeout), "error_cb": self._trouble}
        self._topic = topic
        self._patience = timeout + _SLACK
        self._down = True  # it has not answered yet
        self._broken = self.closed = False
        self._fatal: KafkaError | None = None  #: why a producer was beyond help
        self._lock = threading.Lock()
        self._producer: Producer | None = None
        self._service: Service | None = None

    def append(self, records: Sequence[Record]) -> None:
        """Write all. Raises Unreachable where certainly none was written, else what became of one that was not."""
        if records:
            self.check()
            appends = Appends(len(records), self._patience)
            self._produce(records, appends.done)
            if error := appends.wait():
                raise self._meaning(error)

    def post(self, record: Record, failed: Failed, written: Callable[[int], object] = int) -> None:
        """Write one without waiting for it. One of the two is called: with what went wrong, or with its offset."""

        def done(error: KafkaError | None, message: Message) -> None:
            if error:
                failed(self._meaning(error))
            else:
                written(message.offset() or 0)

        self._produce([record], done)

    def check(self) -> None:
        """Raises Unreachable where the server was gone and does not answer."""
        producer = self._living()
        if self._down:
            try:
                producer.list_topics(self._topic, timeout=_PATIENCE)
            except KafkaException as error:
                raise of_question(error.args[0]) from error
            self._down = False

    def close(self) -> None:
        """What nobody waits for may not be written."""
        self.closed = True
        if self._service:
            self._service.stop()

    def _produce(self, records: Sequence[Record], done: Callable[[KafkaError | None, Any], None]) -> None:
        producer, topic = self._living(), self._topic
        left = iter(records)
        record = next(left, None)
        while record:
            try:
                producer.produce(topic, record.value, record.key, 0, done)
            except BufferError:  # librdkafka holds back as much as it may
                time.sleep(_MOMENT)
            except KafkaException as error:
                if error.args[0].code() != KafkaError._FATAL:
                    raise of_delivery(error.args[0]) from error
                self._broken = True
                producer = self._living()
            else:
                record = next(left, None)

    def _living(self) -> Producer:
        """The producer, which is made with the first record, and anew when it is beyond help."""
        with self._lock:
            if self.closed:
                raise Unreachable("closed; nothing was written")
            if self._producer and self._broken:
                self._producer.flush(_SLACK)  # tells all who wait for it
            if self._producer is None or self._broken:
                self._producer, self._broken, self._down = Producer(self._settings), False, True
                self._service = self._service or Service(self._step, self._end)
                time.sleep(_MOMENT)  # asked at once, it would be ready to write half a second later
            return self._producer

    def _meaning(self, error: KafkaError) -> Exception:
        if self._fatal and error.code() == KafkaError._PURGE_QUEUE:
            return of_question(self._fatal)
        return of_delivery(error)

    def _trouble(self, _: KafkaError) -> None:
        self._down = True

    def _step(self) -> None:
        if producer := self._producer:
            try:
                producer.poll(TICK)
            except KafkaException as error:  # it is beyond help; those who wait for it hear so
                self._down = self._broken = True
                self._fatal = error.args[0]
                producer.purge()
                producer.poll(0)

    def _end(self) -> None:
        self._producer = None  # destroys it here, where nobody else is in it
