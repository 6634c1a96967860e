"""A Broker whose connection goes through the proxy, and what it must do when that breaks."""

import secrets
from collections.abc import Callable

from linda_core.broker import Broker, new_broker
from linda_core.conformance.proxy import Proxy, Way
from linda_core.errors import BrokerUnavailable, ConnectionLost
from linda_core.job import Job

#: As many calls may fail before a Broker has replaced what broke: one for each connection it had open.
CALLS_TO_HEAL = 3


class Wire:
    """`broker` speaks to its server through `proxy`."""

    def __init__(self, proxy: Proxy, url: str) -> None:
        """`url` leads through `proxy`."""
        self.proxy = proxy
        self.url = url
        self.broker = new_broker(url)

    def close(self) -> None:
        """End both."""
        self.proxy.close()
        self.broker.close()

    def carries(self, queue: str) -> bool:
        """Whether a job pushed to `queue` goes through the proxy: a server may have its clients come elsewhere."""
        random = secrets.token_hex(1000)  # which half of its bytes could carry at best
        up, _ = self.cost_of(lambda: self.broker.push(Job("Carried", [random]), queue))
        return up > len(random) // 2

    def cost_of(self, call: Callable[[], object]) -> tuple[int, int]:
        """How many bytes a call sends up and gets down, on a connection that is in use already."""
        before = dict(self.proxy.passed)
        call()
        up, down = (self.proxy.passed[way] - before[way] for way in (Way.UP, Way.DOWN))
        return up, down

    def heal(self, after: str) -> None:
        """The broken connection must be replaced, by the same Broker, in few calls."""
        self.proxy.disarm()
        must_heal(self.broker, after)


def must_heal(broker: Broker, after: str, call: Callable[[], object] | None = None) -> None:
    """Repeat a call that broken connections may fail, until they have been replaced."""
    for _ in range(CALLS_TO_HEAL):
        try:
            call() if call else broker.pop("linda-kit.nothing", 1)
        except (ConnectionLost, BrokerUnavailable):
            continue
        return
    raise AssertionError(f"{broker} does not heal: {CALLS_TO_HEAL} calls have failed after {after}")
