"""What a test relies on when it has a Kafka of its own."""

from collections.abc import Mapping
from typing import Any

import pytest
from confluent_kafka import Consumer, KafkaError, Producer, TopicPartition
from confluent_kafka.admin import AdminClient
from confluent_kafka.cimpl import NewTopic

from linda_core.conformance.proxy import Proxy, Way
from tests.conftest import PrivateServer
from tests.servers.kafka import KafkaServer, answers, kafka
from tests.servers.kafka_settings import PASSWORD, USER
from tests.servers.server import Server, ServerFailed
from tests.servers.waiting import wait_until

TOPIC = "kept"


@pytest.fixture
def server(private_server: PrivateServer) -> KafkaServer:
    return had(private_server(kafka()))


def had(server: Server) -> KafkaServer:
    if not isinstance(server, KafkaServer):
        pytest.skip("in a container it has one way in")
    return server


def put(value: bytes, **client: str | int) -> None:
    """Makes the topic and writes to it, until the broker has it."""
    configuration = options(client)
    admin, producer = AdminClient(configuration), Producer(configuration)
    admin.create_topics([NewTopic(TOPIC, 1, 1)])[TOPIC].result()
    producer.produce(TOPIC, value)
    assert producer.flush(30) == 0


def got(**client: str | int) -> bytes | str | None:
    consumer = Consumer(options(client) | {"group.id": "test"})
    consumer.assign([TopicPartition(TOPIC, 0, 0)])
    message = consumer.poll(30)
    consumer.close()
    assert message is not None
    assert message.error() is None
    return message.value()


def options(given: Mapping[str, str | int]) -> dict[str, Any]:
    return {name.replace("_", "."): value for name, value in given.items()}


def test_a_kill_and_a_start_keep_port_and_data(server: KafkaServer) -> None:
    put(b"here", bootstrap_servers=server.client)

    server.kill()
    assert not answers(server.ports.client)
    server.start()

    assert got(bootstrap_servers=server.client) == b"here"


def test_a_restart_keeps_port_and_data(server: KafkaServer) -> None:
    put(b"here", bootstrap_servers=server.client)

    server.restart()

    assert got(bootstrap_servers=server.client) == b"here"


def test_a_paused_server_does_not_answer(server: KafkaServer) -> None:
    server.pause()
    assert not answers(server.ports.client)
    server.resume()

    put(b"here", bootstrap_servers=server.client)
    assert got(bootstrap_servers=server.client) == b"here"


def test_properties_are_handed_on_and_a_failed_start_shows_the_end_of_the_log(private_server: PrivateServer) -> None:
    with pytest.raises(ServerFailed, match="no-such-policy"):
        private_server(kafka(log__cleanup__policy="no-such-policy"))


def test_what_goes_in_by_the_door_stays_with_the_proxy(server: KafkaServer) -> None:
    with Proxy("127.0.0.1", server.ports.door, listen=server.ports.proxy) as proxy:
        put(b"here" * 100, bootstrap_servers=server.proxied)

        assert proxy.passed[Way.UP] > 400
        assert got(bootstrap_servers=server.proxied) == b"here" * 100


def test_tls_is_spoken_and_its_certificate_can_be_verified(private_server: PrivateServer) -> None:
    server = had(private_server(kafka("SSL")))

    put(
        b"here",
        bootstrap_servers=server.client,
        security_protocol="SSL",
        ssl_ca_location=str(server.folder / "server.crt"),
    )
    assert got(bootstrap_servers=server.operator) == b"here"


@pytest.mark.parametrize("mechanism", ["PLAIN", "SCRAM-SHA-256"])
def test_sasl_asks_for_a_password(private_server: PrivateServer, mechanism: str) -> None:
    server = had(private_server(kafka("SASL_PLAINTEXT")))
    login = {"security_protocol": "SASL_PLAINTEXT", "sasl_mechanism": mechanism, "sasl_username": USER}

    put(b"here", bootstrap_servers=server.client, sasl_password=PASSWORD, **login)
    assert got(bootstrap_servers=server.operator) == b"here"


def test_sasl_refuses_a_wrong_password(private_server: PrivateServer) -> None:
    server = had(private_server(kafka("SASL_PLAINTEXT")))
    login = {"security_protocol": "SASL_PLAINTEXT", "sasl_mechanism": "PLAIN", "sasl_username": USER}
    errors: list[KafkaError] = []

    client = Producer(
        options({"bootstrap_servers": server.client, "sasl_password": "wrong", **login}) | {"error_cb": errors.append}
    )

    assert wait_until(lambda: client.poll(0.1) == 0 and bool(errors), patience=10)
    assert {error.code() for error in errors} >= {KafkaError._AUTHENTICATION}
