"""A server that can be away: a third-party driver over the memory broker, which is what it is while all is well."""

from collections.abc import Callable, Sequence
from typing import Any, ClassVar, Self

from linda_core import driver
from linda_core.brokers.memory import MemoryDriver, Receipt

Receipts = Sequence[Receipt]


class Outage:
    """When the server is away, and how many calls it has refused."""

    def __init__(self) -> None:
        self.refused = 0
        self._error: type[OSError] | None = None
        self._unheard = ""
        self._waiting: list[MemoryDriver] = []

    def begin(self, error: type[OSError] = ConnectionRefusedError, *, unheard: str = "") -> None:
        """From now on every call fails. With `unheard`, only calls of that verb, after the server has done it."""
        self._error, self._unheard = error, unheard
        for waiting in self._waiting:
            MemoryDriver.wake(waiting)

    def end(self) -> None:
        self._error = None

    def call(self, connection: MemoryDriver, verb: Callable[..., Any], *arguments: Any) -> Any:
        self._waiting.append(connection)
        try:
            self._check("")
            answer = verb(connection, *arguments)
            self._check(verb.__name__ if self._unheard else "")
            return answer
        finally:
            self._waiting.remove(connection)

    def _check(self, done: str) -> None:
        if self._error and done == self._unheard:
            self.refused += 1
            raise self._error("the server is away")


class AwayDriver(MemoryDriver):
    """Every verb but those for operators asks the outage first."""

    errors: ClassVar[Any] = {ConnectionResetError: driver.ConnectionLost, OSError: driver.BrokerUnavailable}
    outage: ClassVar[Outage]

    @classmethod
    def connect(cls, url: driver.BrokerURL, clock: driver.Clock) -> Self:
        made = super().connect(url, clock)
        cls.outage.call(made, MemoryDriver.queues)
        return made

    def push(self, queue: str, entries: Sequence[driver.Entry], delay: float) -> None:
        self.outage.call(self, MemoryDriver.push, queue, entries, delay)

    def reserve(
        self, queues: Sequence[str], limit: int, lease: float, wait: float
    ) -> Sequence[driver.Delivery[Receipt]]:
        deliveries: Sequence[driver.Delivery[Receipt]]
        deliveries = self.outage.call(self, MemoryDriver.reserve, queues, limit, lease, wait)
        return deliveries

    def delete(self, queue: str, receipts: Receipts) -> Sequence[int]:
        return self._settled(MemoryDriver.delete, queue, receipts)

    def release(self, queue: str, receipts: Receipts, delay: float) -> Sequence[int]:
        return self._settled(MemoryDriver.release, queue, receipts, delay)

    def touch(self, queue: str, receipts: Receipts, lease: float) -> Sequence[int]:
        return self._settled(MemoryDriver.touch, queue, receipts, lease)

    def bury(self, queue: str, receipts: Receipts, reason: str) -> Sequence[int]:
        return self._settled(MemoryDriver.bury, queue, receipts, reason)

    def _settled(self, verb: Callable[..., Any], *arguments: Any) -> Sequence[int]:
        refused: Sequence[int] = self.outage.call(self, verb, *arguments)
        return refused
