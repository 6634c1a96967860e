"""What a server may refuse, and how clearly Linda says so."""

import re
from collections.abc import Callable, Mapping

import pika
import pytest

from linda_core import Broker, BrokerError, BrokerUnavailable, InvalidURL, Job, LimitExceeded, new_broker
from tests.servers.rabbitmq import control
from tests.servers.server import Server


def test_a_virtual_host_that_is_not_there(rabbitmq_server: Server) -> None:
    with pytest.raises(BrokerUnavailable, match="virtual host"):
        new_broker(f"{rabbitmq_server.url}/nowhere")


def test_a_wrong_password(rabbitmq_server: Server) -> None:
    with pytest.raises(BrokerUnavailable, match="user name or password") as refusal:
        new_broker(rabbitmq_server.url.replace("guest:guest", "guest:secret"))
    assert "secret" not in str(refusal.value)


def test_nobody_there() -> None:
    with pytest.raises(BrokerUnavailable, match="refused"):
        new_broker("amqp://127.0.0.1:1,127.0.0.1:2")


def test_somebody_there_at_the_second_address(rabbitmq_server: Server, queue: str) -> None:
    with new_broker(rabbitmq_server.url.replace("@", "@127.0.0.1:1,")) as broker:
        broker.push(Job("There"), queue)

        assert broker.counts(queue).ready == 1


@pytest.mark.parametrize(
    "option",
    [
        "prefetch=5",
        "heartbeat=often",
        "heartbeat=0",
        "blocked_timeout=0",
        "consumer_timeout=10",
        "management=localhost:15672",
        "verify=false",
    ],
)
def test_options_that_cannot_be_meant(option: str) -> None:
    with pytest.raises(InvalidURL, match=option.partition("=")[0]):
        new_broker(f"amqp://127.0.0.1:1?{option}")


def test_a_queue_that_somebody_made_otherwise(rabbitmq_server: Server, queue: str) -> None:
    with pika.BlockingConnection(pika.URLParameters(rabbitmq_server.url)) as connection:
        connection.channel().queue_declare(queue, durable=True)

    with new_broker(rabbitmq_server.url) as broker, pytest.raises(BrokerError, match="delete it, or use another name"):
        broker.push(Job("Refused"), queue)


@pytest.fixture
def restricted(ordered_server: Server, queue: str) -> Callable[[str, str, str], str]:
    """The URL of a user who may configure, write and read what matches."""

    def restricted(configure: str, write: str, read: str) -> str:
        control(ordered_server, "add_user", queue, "password")
        control(ordered_server, "set_permissions", queue, configure, write, read)
        return ordered_server.url.replace("guest:guest", f"{queue}:password")

    return restricted


VERBS: Mapping[str, Callable[[Broker, str], object]] = {
    "push": lambda broker, queue: broker.push(Job("Refused"), queue),
    "later": lambda broker, queue: broker.later(1, Job("Refused"), queue),
    "pop": lambda broker, queue: broker.pop(queue, 60),
    "kick": lambda broker, queue: broker.kick(queue, 1),
    "counts": lambda broker, queue: broker.counts(queue),
}


@pytest.mark.parametrize("allowed", [("^$", ".*", ".*"), (".*", "^$", ".*"), (".*", ".*", "^$")])
def test_a_user_without_permission(
    ordered_server: Server,
    restricted: Callable[[str, str, str], str],
    queue: str,
    allowed: tuple[str, str, str],
) -> None:
    with new_broker(ordered_server.url) as owner, new_broker(restricted(*allowed)) as broker:
        owner.push(Job("There"), queue)

        for name, verb in VERBS.items():
            for where in (queue, f"{queue}.{name}"):
                with pytest.raises(BrokerError, match="permission to configure, write and read") as refusal:
                    verb(broker, where)
                assert not refusal.value.transient

        assert queue in owner.queues(), "the list of names is still in the hands of the one who was refused"


def test_a_user_with_the_permissions_of_the_docs(restricted: Callable[[str, str, str], str], queue: str) -> None:
    ours = rf"{re.escape(queue)}.*|linda\..*"
    with new_broker(restricted(f"^({ours})$", rf"^({ours}|amq\.default)$", f"^({ours})$")) as broker:
        for name, verb in VERBS.items():
            verb(broker, f"{queue}.{name}")

        broker.purge(f"{queue}.push")
        assert f"{queue}.push" in broker.queues()


def test_a_message_beyond_the_servers_own_limit(ordered_server: Server, queue: str) -> None:
    with new_broker(ordered_server.url) as broker:
        with pytest.raises(LimitExceeded, match="max_message_size"):
            broker.push(Job("Large", ["x" * 300_000]), queue)
        broker.push(Job("Small"), queue)

    with (
        new_broker(f"{ordered_server.url}?max_message_size=200000") as broker,
        pytest.raises(LimitExceeded, match="200000"),
    ):
        broker.push(Job("Large", ["x" * 300_000]), queue)


def push_until_refused(broker: Broker, queue: str) -> None:
    """A quorum queue takes a little more than its limit."""
    for _ in range(100):
        broker.push(Job("Full"), queue)


def test_a_full_queue(ordered_server: Server, queue: str) -> None:
    control(ordered_server, "set_policy", queue, f"^{queue}$", '{"max-length": 1}', "--apply-to", "queues")
    with new_broker(ordered_server.url) as broker:
        with pytest.raises(BrokerError, match="full"):
            push_until_refused(broker, queue)

        assert broker.pop(queue, 0, wait=5) is not None, "what was accepted was dropped"
