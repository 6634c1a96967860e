"""A broker on the nsqd that tests share."""

from collections.abc import Iterator

import pytest

from linda_core import Broker, new_broker
from tests.servers.server import Server


@pytest.fixture
def broker(nsqd_server: Server) -> Iterator[Broker]:
    with new_broker(nsqd_server.url) as broker:
        yield broker
