"""A Broker whose connection goes through the proxy, and what it must do when that breaks."""

from collections.abc import Callable

from linda_core.broker import Broker, new_broker
from linda_core.conformance.proxy import Proxy, Way
from linda_core.errors import BrokerUnavailable, ConnectionLost

#: As many calls may fail before a Broker has replaced what broke: one for each connection it had open.
CALLS_TO_HEAL = 3


class Wire:
    """`broker` speaks to its server through `proxy`."""

    def __init__(self, url: str) -> None:
        """Raises Unproxied where no proxy can stand between."""
        self.proxy, self.url = Proxy.before(url)
        self.broker = new_broker(self.url)

    def close(self) -> None:
        """End both."""
        self.proxy.close()
        self.broker.close()

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
