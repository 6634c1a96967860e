"""A ledger of its own for each test, on a node that all share, and clients that know nothing of Linda."""

import secrets
from collections.abc import Callable, Iterator, Mapping

import pytest
from confluent_kafka import KafkaError, Producer
from confluent_kafka.admin import AdminClient
from confluent_kafka.admin._config import AlterConfigOpType, ConfigEntry, ConfigResource
from confluent_kafka.admin._resource import ResourceType

from linda_kafka import snapshots
from linda_kafka.clients import Consumer
from tests.servers.server import Server
from tests.servers.waiting import wait_until

#: Writes one record to a ledger's topic as any program could: `write(value, key=…)`.
Write = Callable[..., None]

#: The first offset of a topic, and the one after its last.
Ends = Callable[[str], tuple[int, int]]


@pytest.fixture
def ledger() -> str:
    """Its topic's name as well."""
    return f"linda-test.{secrets.token_hex(6)}"


@pytest.fixture
def url(kafka_server: Server, ledger: str) -> str:
    return f"{kafka_server.url}/{ledger}"


@pytest.fixture
def servers(kafka_server: Server) -> str:
    """Where a client without Linda finds them."""
    return kafka_server.url.rpartition("/")[2]


@pytest.fixture
def admin(servers: str) -> AdminClient:
    return AdminClient({"bootstrap.servers": servers})


@pytest.fixture
def write(servers: str, ledger: str) -> Write:
    producer = Producer({"bootstrap.servers": servers, "compression.type": "lz4"})

    def write(value: str | bytes | None, key: str | bytes | None = None) -> None:
        errors: list[KafkaError | None] = []
        producer.produce(ledger, value, key, headers={"a": b"b"}, on_delivery=lambda error, _: errors.append(error))
        producer.flush(10)
        assert errors == [None]

    return write


@pytest.fixture
def ends(servers: str) -> Iterator[Ends]:
    consumer = Consumer({"bootstrap.servers": servers, "group.id": "looks"})

    def ends(topic: str) -> tuple[int, int]:
        first, last = snapshots.ends(consumer, topic, 10)
        return first, last + 1

    yield ends
    consumer.close()


def settings_of(admin: AdminClient, topic: str) -> dict[str, str]:
    resource = ConfigResource(ResourceType.TOPIC, topic)
    return {name: entry.value for name, entry in admin.describe_configs([resource])[resource].result(10).items()}


def change(admin: AdminClient, topic: str, settings: Mapping[str, str]) -> None:
    """As kafka-configs.sh --alter --add-config does; returns when the broker, which is told afterwards, says so too."""
    entries = [
        ConfigEntry(name, value, incremental_operation=AlterConfigOpType.SET) for name, value in settings.items()
    ]
    resource = ConfigResource(ResourceType.TOPIC, topic, incremental_configs=entries)
    admin.incremental_alter_configs([resource])[resource].result(10)
    assert wait_until(lambda: settings.items() <= settings_of(admin, topic).items(), patience=10)
