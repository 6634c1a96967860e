"""The living connection behind a Broker: one driver, replaced after a fork, closed once nobody uses it."""

import os
import threading
import weakref
from collections.abc import Generator
from contextlib import contextmanager, suppress
from typing import Any, TypeVar

from linda_core.clock import Clock
from linda_core.driver import Driver
from linda_core.errors import BrokerClosed, LindaError, Unsupported, translating
from linda_core.registry import driver_for
from linda_core.url import BrokerURL

Ability = TypeVar("Ability")


class Link:
    """Lends its driver to one call at a time per thread, and translates what the driver raises."""

    def __init__(self, url: BrokerURL, clock: Clock) -> None:
        self.url = url
        self.closed = False
        self._clock = clock
        self._kind = driver_for(url.scheme)
        self._idle = threading.Condition()
        self._calls = 0
        self._left_behind: list[Driver[Any]] = []
        self._driver: Driver[Any] | None = self._connect()
        _links.add(self)

    @property
    def driver(self) -> Driver[Any] | type[Driver[Any]]:
        """Whose `capabilities`, `limits` and `server` hold: the driver's that is, or last was, connected."""
        return self._driver or (self._left_behind[-1] if self._left_behind else self._kind)

    def supports(self, ability: type[Any]) -> bool:
        """Whether the driver has an ability."""
        return issubclass(self._kind, ability)

    @contextmanager
    def call(self, ability: type[Ability], doing: str) -> Generator[Ability]:
        """The driver, for one call. Raises Unsupported, BrokerClosed, or what the driver's errors mean."""
        if not issubclass(self._kind, ability):
            raise Unsupported(
                f"{self.url} has no ability {ability.__name__!r}, which {doing} needs; "
                "`linda brokers` shows what each broker can do"
            )
        driver = self._enter()
        try:
            with translating(self._kind.errors, f"{self.url}: {doing}"):
                yield driver  # type: ignore[misc]  # checked above
        finally:
            self._leave()

    def close(self) -> None:
        """Wake those who wait, let every call finish, then close the driver. Twice is fine."""
        with self._idle:
            self.closed = True
            driver, self._driver = self._driver, None
            while driver and self._calls:
                with suppress(LindaError, *self._kind.errors):  # a broken connection ends the waiting as well
                    driver.wake()
                self._idle.wait(0.05)  # again: a call may have been just about to wait
        if driver:
            with translating(self._kind.errors, f"{self.url}: close"):
                driver.close()

    def leave_behind(self) -> None:
        """In a forked child: the parent's sockets are not ours to use, nor to close."""
        if self._driver:
            self._left_behind.append(self._driver)  # kept alive, so that no destructor writes to a shared socket
            self._driver = None
        self._idle = threading.Condition()
        self._calls = 0

    def _connect(self) -> Driver[Any]:
        with translating(self._kind.errors, f"{self.url}: connect"):
            return self._kind.connect(self.url, self._clock)

    def _enter(self) -> Driver[Any]:
        with self._idle:
            if self.closed:
                raise BrokerClosed(f"{self.url} is closed; make a new broker")
            if self._driver is None:
                self._driver = self._connect()
            self._calls += 1
            return self._driver

    def _leave(self) -> None:
        with self._idle:
            self._calls -= 1
            if self.closed:
                self._idle.notify_all()


_links: weakref.WeakSet[Link] = weakref.WeakSet()


def _leave_all_behind() -> None:
    for link in _links:
        link.leave_behind()


os.register_at_fork(after_in_child=_leave_all_behind)
