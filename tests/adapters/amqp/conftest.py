"""A node that takes orders, for tests of what an operator may do to Linda."""

from collections.abc import Callable, Iterator

import pytest

from linda_core import Broker, new_broker
from tests.conftest import PrivateServer
from tests.servers.port import free_port
from tests.servers.rabbitmq import rabbitmq
from tests.servers.server import Server


@pytest.fixture(scope="session")
def management_port() -> int:
    return free_port()


@pytest.fixture(scope="session")
def ordered_server(lasting_server: PrivateServer, management_port: int) -> Server:
    """Ours alone, with the management plugin, and with a limit for messages that a test can reach."""
    return lasting_server(
        rabbitmq("rabbitmq_management", management__tcp__port=str(management_port), max_message_size="200000")
    )


@pytest.fixture
def url(rabbitmq_server: Server) -> str:
    return rabbitmq_server.url


@pytest.fixture
def another(rabbitmq_server: Server) -> Iterator[Callable[..., Broker]]:
    """Makes more brokers on the same server, with options as in a URL; closed after the test."""
    made: list[Broker] = []

    def another(options: str = "") -> Broker:
        made.append(new_broker(f"{rabbitmq_server.url}?{options}"))
        return made[-1]

    yield another
    for broker in made:
        broker.close()
