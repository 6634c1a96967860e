"""amqp:// keeps every promise, on a server that is killed and started again."""

import pytest

from linda_core.conformance import BrokerConformance, ServerHarness
from linda_core.conformance.promises.healing import Restarts
from linda_core.conformance.suite import Stage
from tests.conftest import PrivateServer
from tests.servers.rabbitmq import rabbitmq
from tests.servers.server import Server

#: A frozen worker's jobs come back after two heartbeats, which the kit has to wait for.
HEARTBEAT = "?heartbeat=2"


class TestAMQP(BrokerConformance):
    """One server for all tests; the restarts have one of their own."""

    @pytest.fixture
    def harness(self, rabbitmq_server: Server) -> ServerHarness:
        return ServerHarness(rabbitmq_server.url + HEARTBEAT)


class TestAMQPRestarts(Stage):
    """A server of their own for those who kill it."""

    TestRestarts = Restarts

    @pytest.fixture
    def harness(self, private_server: PrivateServer) -> ServerHarness:
        server = private_server(rabbitmq())

        def restart() -> None:
            server.kill()
            server.start()

        return ServerHarness(server.url + HEARTBEAT, restart=restart)
