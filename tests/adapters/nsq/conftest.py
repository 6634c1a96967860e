"""A broker and a queue of each test's own, on the nsqd that tests share."""

from collections.abc import Iterator

import pytest

from linda_core import Broker, new_broker
from tests.servers.server import Server


@pytest.fixture
def broker(nsqd_server: Server) -> Iterator[Broker]:
    with new_broker(nsqd_server.url) as broker:
        yield broker


@pytest.fixture
def queue(request: pytest.FixtureRequest) -> str:
    """A name that is a topic's as it is, on a server that others use as well."""
    return f"{request.node.name[-40:].translate(_PLAIN)}.{id(request)}"


_PLAIN = str.maketrans("[]/: ", "-----")
