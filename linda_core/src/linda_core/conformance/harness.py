"""What the kit has to know of a broker in order to test it."""

import secrets
import time
from collections.abc import Callable
from functools import cached_property

from linda_core.broker import Broker, new_broker
from linda_core.clock import SYSTEM_CLOCK, Clock, ManualClock
from linda_core.conformance.proxy import Proxy


class Harness:
    """One broker under test: where it is, and how time passes there. Durations are seconds of `clock`."""

    clock: Clock = SYSTEM_CLOCK
    restart: Callable[[], None] | None = None  #: kills the server without warning and starts it again
    alone: str = ""  #: why no other process can reach these jobs; "" if they can
    patience: float  #: how long to wait for what must come
    glance: float  #: how long to look for what must not come
    shortest_lease: float  #: below this, a slow machine would let leases end by accident

    def __init__(self, url: str) -> None:
        self.url = url

    @cached_property
    def lease(self) -> float:
        """The lease for tests that wait for its end: as short as broker and machine allow."""
        with self.connect() as broker:
            return max(self.shortest_lease, broker.limits.lease_step)

    def connect(self) -> Broker:
        """A new Broker on the same jobs as every other of this harness."""
        return new_broker(self.url, clock=self.clock)

    def through(self) -> tuple[Proxy, str]:
        """A new proxy before the server, and the URL that leads through it. Raises Unproxied.

        Where the server tells its clients at which address to come, the harness has to see to it that this is the
        proxy's: by default nothing is known of such an address.
        """
        return Proxy.before(self.url)

    def queue(self, hint: str) -> str:
        """A queue name that says for what it is, and that nobody has used before."""
        return f"linda-kit.{hint[:60]}.{secrets.token_hex(6)}"

    def elapse(self, seconds: float) -> None:
        """Let time pass."""
        raise NotImplementedError


class ManualHarness(Harness):
    """An embedded broker whose time is moved by hand: a year passes in no time, and nothing is left to chance."""

    alone = "its time is moved by hand, in this process alone"
    patience = 0.0
    glance = 0.0
    shortest_lease = 1.0

    def __init__(self, url: str) -> None:
        super().__init__(url)
        self._manual = self.clock = ManualClock()

    def elapse(self, seconds: float) -> None:
        """Move the clock."""
        self._manual.advance(seconds)


class ServerHarness(Harness):
    """A broker in real time. `restart`, where given, kills the server without warning and starts it again."""

    patience = 10.0
    glance = 0.02

    def __init__(self, url: str, *, restart: Callable[[], None] | None = None, shortest_lease: float = 0.25) -> None:
        super().__init__(url)
        self.restart = restart
        self.shortest_lease = shortest_lease

    def elapse(self, seconds: float) -> None:
        """Wait."""
        time.sleep(seconds)


def harness_for(url: str) -> Harness:
    """The harness for a broker of which only the URL is known."""
    return ManualHarness(url) if url.startswith("memory:") else ServerHarness(url)
