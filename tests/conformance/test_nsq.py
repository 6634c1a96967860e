"""nsq:// keeps every promise, on a server that is killed and started again."""

import pytest

from linda_core.conformance import BrokerConformance, ServerHarness
from linda_core.conformance.promises.healing import Restarts
from linda_core.conformance.suite import Stage
from tests.conftest import PrivateServer
from tests.servers.nsqd import nsqd
from tests.servers.server import Server


def patient(harness: ServerHarness) -> ServerHarness:
    """nsqd ends the leases in a channel only once that is up to five seconds old (nsqd.go, queueScanLoop)."""
    harness.shortest_lease = 6.0
    harness.glance = 0.1
    return harness


class TestNSQ(BrokerConformance):
    """One server for all tests; the restarts have one of their own."""

    @pytest.fixture
    def harness(self, nsqd_server: Server) -> ServerHarness:
        return patient(ServerHarness(nsqd_server.url))


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
