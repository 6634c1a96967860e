"""Real servers as fixtures. One that cannot be had skips its tests, or fails them where it is required."""

import secrets
from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest

from tests.servers.beanstalkd import beanstalkd
from tests.servers.kafka import kafka
from tests.servers.locate import Kind, provide, provide_private, required
from tests.servers.nsqd import nsq_cluster, nsqd, nsqd_tls
from tests.servers.rabbitmq import rabbitmq
from tests.servers.redis import redis, redis_cluster, redis_sentinel, redis_tls, valkey
from tests.servers.server import Server, ServerUnavailable

#: Makes servers that a test may kill; they are gone after the test.
PrivateServer = Callable[[Kind], Server]


@pytest.fixture
def queue() -> str:
    """A name that nobody else has on the servers that tests share; a tube's, a topic's and a queue's as it is."""
    return f"test-{secrets.token_hex(6)}"


@pytest.fixture(scope="session")
def redis_server() -> Iterator[Server]:
    with _had(provide, redis()) as server:
        yield server


@pytest.fixture(scope="session")
def valkey_server() -> Iterator[Server]:
    with _had(provide, valkey()) as server:
        yield server


@pytest.fixture(scope="session")
def redis_tls_server() -> Iterator[Server]:
    with _had(provide, redis_tls()) as server:
        yield server


@pytest.fixture(scope="session")
def redis_sentinel_server() -> Iterator[Server]:
    with _had(provide, redis_sentinel()) as server:
        yield server


@pytest.fixture(scope="session")
def redis_cluster_server() -> Iterator[Server]:
    with _had(provide, redis_cluster()) as server:
        yield server


@pytest.fixture(scope="session")
def beanstalkd_server() -> Iterator[Server]:
    with _had(provide, beanstalkd()) as server:
        yield server


@pytest.fixture(scope="session")
def rabbitmq_server() -> Iterator[Server]:
    with _had(provide, rabbitmq()) as server:
        yield server


@pytest.fixture(scope="session")
def kafka_server() -> Iterator[Server]:
    with _had(provide, kafka()) as server:
        yield server


@pytest.fixture(scope="session")
def nsqd_server() -> Iterator[Server]:
    with _had(provide, nsqd()) as server:
        yield server


@pytest.fixture(scope="session")
def nsqd_tls_server() -> Iterator[Server]:
    with _had(provide, nsqd_tls()) as server:
        yield server


@pytest.fixture(scope="session")
def nsq_cluster_server() -> Iterator[Server]:
    with _had(provide, nsq_cluster()) as server:
        yield server


def _servers() -> Iterator[PrivateServer]:
    with ExitStack() as servers:
        yield lambda kind: servers.enter_context(_had(provide_private, kind))


#: `private_server(redis("--maxmemory", "10mb"))`: any kind, for one test.
private_server = pytest.fixture(_servers)
#: The same, for all tests that follow.
lasting_server = pytest.fixture(_servers, scope="session")


@pytest.fixture
def private_redis(private_server: PrivateServer) -> Callable[..., Server]:
    """`private_redis()`, or with options of redis-server in place of those that make it durable."""
    return lambda *options: private_server(redis(*options))


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Marks what needs a server, so that `-m "not server"` leaves it out."""
    for item in items:
        names: list[str] = getattr(item, "fixturenames", [])
        if any(name.endswith("_server") or name.startswith("private_") for name in names):
            item.add_marker(pytest.mark.server)


def _had(get: Callable[[Kind], Server], kind: Kind) -> Server:
    try:
        return get(kind)
    except ServerUnavailable as reason:
        if required(kind):
            pytest.fail(f"{kind.name}: {reason}", pytrace=False)
        pytest.skip(f"{kind.name}: {reason}")
