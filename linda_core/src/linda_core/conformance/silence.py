"""Proof that a call was refused before any I/O."""

import time
from collections.abc import Generator
from contextlib import contextmanager

from linda_core.broker import Broker
from linda_core.conformance.proxy import Proxy

#: Seconds that what was sent needs to pass.
_MOMENT = 0.01


class Silence:
    """`with silence(): …` fails when `silence.broker` sends a byte meanwhile. Without a network nothing is sent."""

    def __init__(self, broker: Broker, proxy: Proxy | None) -> None:
        self.broker = broker
        self._proxy = proxy

    @contextmanager
    def __call__(self) -> Generator[None]:
        """The block in which nothing may be sent."""
        before = self._settled()
        yield
        if self._proxy:
            time.sleep(_MOMENT)
        assert self._passed() == before, f"{self.broker} spoke to its server about a call that it refuses"

    def _settled(self) -> int:
        """What has passed when the calls before have nothing on its way any more."""
        passed, before = self._passed(), -1
        while self._proxy and passed != before:
            time.sleep(_MOMENT)
            passed, before = self._passed(), passed
        return passed

    def _passed(self) -> int:
        return sum(self._proxy.passed.values()) if self._proxy else 0
