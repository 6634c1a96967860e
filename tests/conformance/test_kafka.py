"""kafka:// keeps every promise, on a server that is killed and started again."""

from collections.abc import Callable

import pytest

from linda_core.conformance import BrokerConformance, ServerHarness
from linda_core.conformance.promises.healing import Restarts
from linda_core.conformance.proxy import Proxy
from linda_core.conformance.suite import Stage
from tests.conftest import PrivateServer
from tests.servers.kafka import KafkaServer, kafka
from tests.servers.server import Server

#: Seconds. The server is a Java program beside the tests: on two busy cores an answer may take a third of a second.
LEASE = 0.5


class KafkaHarness(ServerHarness):
    """Kafka tells its clients where to come: those that are to come through a proxy have a door of their own."""

    def __init__(self, server: Server, *, restart: Callable[[], None] | None = None) -> None:
        super().__init__(server.url, restart=restart, shortest_lease=LEASE)
        self._server = server

    def through(self) -> tuple[Proxy, str]:
        """The proxy listens where the door's address says. Others than a node of ours have no door."""
        if not isinstance(self._server, KafkaServer):
            return super().through()
        ports = self._server.ports
        return Proxy("127.0.0.1", ports.door, listen=ports.proxy), f"kafka://{self._server.proxied}"


class TestKafka(BrokerConformance):
    """One server for all tests; the restarts have one of their own."""

    @pytest.fixture
    def harness(self, kafka_server: Server) -> KafkaHarness:
        return KafkaHarness(kafka_server)


class TestKafkaRestarts(Stage):
    """A server of their own for those who kill it."""

    TestRestarts = Restarts

    @pytest.fixture
    def harness(self, private_server: PrivateServer) -> KafkaHarness:
        server = private_server(kafka())

        def restart() -> None:
            server.kill()
            server.start()

        return KafkaHarness(server, restart=restart)
