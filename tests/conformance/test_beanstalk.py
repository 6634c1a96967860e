"""beanstalk:// keeps every promise, on a server that is killed and started again."""

import pytest

from linda_core.conformance import BrokerConformance, ServerHarness
from linda_core.conformance.promises.crashes import Crashes
from linda_core.conformance.promises.fencing import Fencing
from linda_core.conformance.promises.healing import Restarts
from linda_core.conformance.promises.leases import Leases
from linda_core.conformance.suite import Stage
from tests.conftest import PrivateServer
from tests.servers.beanstalkd import beanstalkd
from tests.servers.server import Server

#: The shortest TTR there is: no lease is shorter.
BRIEF = "?ttr=1"


class TestBeanstalk(BrokerConformance):
    """One server for all tests, and the TTR as shipped, of which a lease may be a small part."""

    @pytest.fixture
    def harness(self, beanstalkd_server: Server) -> ServerHarness:
        return ServerHarness(beanstalkd_server.url)


class TestBeanstalkTouched(Stage):
    """Leases longer than the TTR, which have to be kept up."""

    TestCrashes = Crashes
    TestFencing = Fencing
    TestLeases = Leases

    @pytest.fixture
    def harness(self, beanstalkd_server: Server) -> ServerHarness:
        return ServerHarness(beanstalkd_server.url + BRIEF)


class TestBeanstalkRestarts(Stage):
    """A server of their own for those who kill it."""

    TestRestarts = Restarts

    @pytest.fixture
    def harness(self, private_server: PrivateServer) -> ServerHarness:
        server = private_server(beanstalkd())

        def restart() -> None:
            server.kill()
            server.start()

        return ServerHarness(server.url + BRIEF, restart=restart)
