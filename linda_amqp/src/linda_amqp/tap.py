"""One queue as the intake has it: what was asked of it, and who waits for that."""

import asyncio
from collections.abc import Generator
from contextlib import contextmanager

from linda_amqp.taken import Taken


class Waiter:
    """A call that waits for a first message until it is told that it has waited long enough."""

    def __init__(self) -> None:
        self.over = False
        self.bell = asyncio.Event()

    def stop(self) -> None:
        """Waiting is over."""
        self.over = True
        self.bell.set()


class Tap:
    """What this process has asked of one queue and not got yet, and what it has got and nobody has collected."""

    def __init__(self, queue: str, number: int) -> None:
        self.queue = queue
        self.number = number
        self.gone = False  #: the server has deleted the queue
        self.asked: dict[str, int] = {}  # by the consumer's tag, how many it may still get
        self.got: list[Taken] = []
        self.waiters: list[Waiter] = []
        self.users = 0  #: calls that are under way
        self.giving_up: asyncio.TimerHandle | None = None
        self.taking = asyncio.Lock()

    def collect(self, limit: int) -> list[Taken]:
        """Up to `limit` of what has come."""
        collected, self.got = self.got[:limit], self.got[limit:]
        return collected

    def ring(self) -> None:
        """Have those who wait look again."""
        for waiter in self.waiters:
            waiter.bell.set()

    @contextmanager
    def waited_for(self, waiter: Waiter) -> Generator[None]:
        """While it lasts, the waiter hears the bell."""
        self.waiters.append(waiter)
        try:
            yield
        finally:
            self.waiters.remove(waiter)
