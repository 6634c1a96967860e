"""The nsqd that tests share."""

import pytest

from tests.servers.server import Server


@pytest.fixture
def url(nsqd_server: Server) -> str:
    return nsqd_server.url
