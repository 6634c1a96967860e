"""nsq:// keeps every promise, on a server that is killed and started again."""

import pytest

from linda_core.conformance import BrokerConformance, ServerHarness
from linda_core.conformance.promises.crashes import Crashes
from linda_core.conformance.promises.cuts import Cuts
from linda_core.conformance.promises.healing import Restarts
from linda_core.conformance.suite import Stage
from tests.conftest import PrivateServer
from tests.servers.nsqd import nsqd
from tests.servers.server import Server

#: Seconds. What a dead consumer held, nsqd gives to others when it looks at a channel: not before that is up to five
#: seconds old (nsqd.go, queueScanLoop).
LEASE_OF_THE_DEAD = 6.0

#: A heartbeat that passes between a cut that is armed and the verb that it is for would be cut in its place.
QUIET = "&heartbeat=60"


def patient(harness: ServerHarness) -> ServerHarness:
    """What waits on disk takes its time on a busy machine."""
    harness.glance = 0.1
    return harness


class TestNSQ(BrokerConformance):
    """One server for all tests; the restarts have one of their own."""

    @pytest.fixture
    def harness(self, nsqd_server: Server, request: pytest.FixtureRequest) -> ServerHarness:
        lease = LEASE_OF_THE_DEAD if request.cls in {Crashes, Cuts} else 1.0
        quiet = QUIET if request.cls is Cuts else ""
        return patient(ServerHarness(nsqd_server.url + quiet, shortest_lease=lease))


class TestNSQRestarts(Stage):
    """A server of their own for those who kill it."""

    TestRestarts = Restarts

    @pytest.fixture
    def harness(self, private_server: PrivateServer) -> ServerHarness:
        server = private_server(nsqd())

        def restart() -> None:
            server.kill()
            server.start()

        return patient(ServerHarness(server.url, restart=restart))
