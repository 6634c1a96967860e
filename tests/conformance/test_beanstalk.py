"""beanstalkd keeps every promise."""

import pytest

from linda_core.conformance import BrokerConformance, ServerHarness
from tests.servers.server import Server


class TestBeanstalk(BrokerConformance):
    """One server with a binlog; the shortest TTR, so that leases can be short as well."""

    @pytest.fixture
    def harness(self, beanstalkd_server: Server) -> ServerHarness:
        return ServerHarness(f"{beanstalkd_server.url}?ttr=1")
