"""redis:// keeps every promise, on a server that is killed and started again."""

from collections.abc import Callable

import pytest

from linda_core.conformance import BrokerConformance, ServerHarness
from linda_core.conformance.promises.healing import Restarts
from linda_core.conformance.suite import Stage
from tests.servers.server import Server


class TestRedis(BrokerConformance):
    """One server for all tests; the restarts have one of their own."""

    @pytest.fixture
    def harness(self, redis_server: Server) -> ServerHarness:
        return ServerHarness(redis_server.url)


class TestRedisRestarts(Stage):
    """A server of their own for those who kill it."""

    TestRestarts = Restarts

    @pytest.fixture
    def harness(self, private_redis: Callable[..., Server]) -> ServerHarness:
        server = private_redis()

        def restart() -> None:
            server.kill()
            server.start()

        return ServerHarness(server.url, restart=restart)
