"""Drivers that do what servers seldom do on demand."""

import threading
from collections.abc import Sequence
from dataclasses import replace
from typing import Any, ClassVar, Self

from linda_core import driver
from linda_core.brokers.memory import MemoryDriver, Receipt, Store
from linda_core.driver import Delivery, Entry


class Broken(Exception):
    """What these drivers' client library raises."""


class Watched(MemoryDriver):
    """Remembers what was done with it; `broken` verbs fail."""

    LIMIT = 12345
    made: ClassVar[list["Watched"]] = []
    errors: ClassVar[Any] = {ConnectionRefusedError: driver.BrokerUnavailable, Broken: driver.ConnectionLost}

    def __init__(self, store: Store, clock: driver.Clock) -> None:
        super().__init__(store, clock)
        self.limits = replace(MemoryDriver.limits, body=self.LIMIT)
        self.done: list[str] = []
        self.broken: set[str] = set()
        self._took = threading.Event()
        self._go_on = threading.Event()
        self._go_on.set()
        Watched.made.append(self)

    @classmethod
    def connect(cls, url: driver.BrokerURL, clock: driver.Clock) -> Self:
        if url.host:
            raise ConnectionRefusedError("refused")
        store = Watched.made[0]._store if Watched.made else Store()
        return cls(store, clock)

    def hold_deliveries(self) -> tuple[threading.Event, threading.Event]:
        """From now on a reserve that took something says so, by the first event, and waits for the second."""
        self._go_on.clear()
        return self._took, self._go_on

    def reserve(self, queues: Sequence[str], limit: int, lease: float, wait: float) -> Sequence[Delivery[Receipt]]:
        deliveries = super().reserve(queues, limit, lease, wait)
        if deliveries:
            self._took.set()
            self._go_on.wait(30)
        return deliveries

    def push(self, queue: str, entries: Sequence[Entry], delay: float) -> None:
        self._note("push")
        super().push(queue, entries, delay)

    def touch(self, queue: str, receipts: Sequence[Receipt], lease: float) -> Sequence[int]:
        self._note("touch")
        return super().touch(queue, receipts, lease)

    def wake(self) -> None:
        self._note("wake")
        super().wake()

    def close(self) -> None:
        self._note("close")

    def _note(self, verb: str) -> None:
        self.done.append(verb)
        if verb in self.broken:
            raise Broken("broken")


class Bare(driver.Driver[Receipt]):
    """A driver with the seven methods and no ability."""

    capabilities = MemoryDriver.capabilities

    def __init__(self, inner: MemoryDriver) -> None:
        self._inner = inner

    @classmethod
    def connect(cls, url: driver.BrokerURL, clock: driver.Clock) -> Self:
        return cls(MemoryDriver.connect(url, clock))

    def push(self, queue: str, entries: Sequence[Entry], delay: float) -> None:
        self._inner.push(queue, entries, delay)

    def reserve(self, queues: Sequence[str], limit: int, lease: float, wait: float) -> Sequence[Delivery[Receipt]]:
        return self._inner.reserve(queues, limit, lease, wait)

    def delete(self, queue: str, receipts: Sequence[Receipt]) -> Sequence[int]:
        return self._inner.delete(queue, receipts)

    def release(self, queue: str, receipts: Sequence[Receipt], delay: float) -> Sequence[int]:
        return self._inner.release(queue, receipts, delay)

    def wake(self) -> None:
        self._inner.wake()

    def close(self) -> None:
        self._inner.close()
