"""Queues that somebody deletes, and the list of their names."""

import json
import threading
from collections.abc import Callable

import pika
import pytest

from linda_amqp import names
from linda_core import Broker, ConnectionLost, Job, new_broker
from tests.servers.rabbitmq import control
from tests.servers.server import Server
from tests.servers.waiting import wait_until


def delete(server: Server, *queues: str) -> None:
    with pika.BlockingConnection(pika.URLParameters(server.url)) as connection:
        for queue in queues:
            connection.channel().queue_delete(queue)


def test_a_deleted_queue_is_made_again_by_a_push(rabbitmq_server: Server, broker: Broker, queue: str) -> None:
    broker.push(Job("Gone"), queue)
    delete(rabbitmq_server, queue, names.buried(queue))

    broker.push(Job("Kept"), queue)

    job = broker.pop(queue, 0, wait=5)
    assert job is not None
    assert job.name == "Kept"


def test_who_waits_on_a_queue_that_is_deleted_is_told_and_keeps_its_other_jobs(
    rabbitmq_server: Server, broker: Broker, queue: str
) -> None:
    broker.push(Job("Held"), f"{queue}.other")
    held = broker.pop(f"{queue}.other", 60, wait=5)
    assert held is not None
    broker.pop(queue, 1)
    deleting = threading.Timer(0.2, delete, [rabbitmq_server, queue])
    deleting.start()
    with pytest.raises(ConnectionLost, match="deleted"):
        broker.pop(queue, 60, wait=10)
    deleting.join()

    broker.delete(f"{queue}.other", held)
    assert broker.pop(queue, 60) is None


def test_a_deleted_ladder_is_made_again(rabbitmq_server: Server, broker: Broker, queue: str) -> None:
    broker.later(0.05, Job("First"), queue)
    assert broker.pop(queue, 0, wait=5) is not None
    delete(rabbitmq_server, "linda.delay.0")

    broker.later(0.05, Job("Second"), queue)

    assert broker.pop(queue, 0, wait=5) is not None


def test_names_are_listed_whoever_made_them_at_once(another: Callable[..., Broker], queue: str) -> None:
    made = [f"{queue}.{number}" for number in range(6)]
    brokers = [another() for _ in made]
    threads = [
        threading.Thread(target=broker.push, args=(Job("Named"), name))
        for broker, name in zip(brokers, made, strict=True)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert set(made) <= set(brokers[0].queues())


def test_two_lists_of_names_are_read_as_one(rabbitmq_server: Server, broker: Broker, queue: str) -> None:
    """What a process leaves that could not wait for the list."""
    broker.push(Job("Named"), queue)
    with pika.BlockingConnection(pika.URLParameters(rabbitmq_server.url)) as connection:
        connection.channel().basic_publish("", names.REGISTER, json.dumps([f"{queue}.left"]).encode())

    assert {queue, f"{queue}.left"} <= set(broker.queues())
    broker.push(Job("Named"), f"{queue}.next")
    assert {queue, f"{queue}.left", f"{queue}.next"} <= set(broker.queues())


@pytest.fixture
def queue_of_rabbitmq_3(ordered_server: Server, queue: str) -> str:
    """As Linda makes it where there is no limit to set, on a server that has one."""
    with new_broker(ordered_server.url) as broker:
        if broker.server < "RabbitMQ 4":
            pytest.skip("before RabbitMQ 4 no job is dropped for coming back")
    with pika.BlockingConnection(pika.URLParameters(ordered_server.url)) as connection:
        net = {"x-dead-letter-exchange": "", "x-dead-letter-routing-key": names.buried(queue)}
        checks = {"x-dead-letter-strategy": "at-least-once", "x-overflow": "reject-publish"}
        arguments = {"x-queue-type": "quorum", **net, **checks}
        connection.channel().queue_declare(queue, durable=True, arguments=arguments)
    return queue


def test_a_queue_made_on_rabbitmq_3_keeps_a_limit_which_is_told_and_buries(
    ordered_server: Server, queue_of_rabbitmq_3: str, caplog: pytest.LogCaptureFixture
) -> None:
    queue = queue_of_rabbitmq_3
    with new_broker(ordered_server.url) as broker:
        broker.push(Job("Stubborn"), queue)
        assert "buries its jobs after 20 returns" in caplog.text

        release_often(broker, queue, 21)

        assert wait_until(lambda: broker.counts(queue).buried == 1, patience=10)


def test_a_policy_lifts_the_limit_of_a_queue_made_on_rabbitmq_3(
    ordered_server: Server, queue_of_rabbitmq_3: str
) -> None:
    queue = queue_of_rabbitmq_3
    control(ordered_server, "set_policy", queue, f"^{queue}$", '{"delivery-limit": -1}', "--apply-to", "queues")
    with new_broker(ordered_server.url) as broker:
        broker.push(Job("Stubborn"), queue)

        release_often(broker, queue, 30)

        assert broker.counts(queue).ready == 1
        assert broker.counts(queue).buried == 0


def release_often(broker: Broker, queue: str, times: int) -> None:
    for _ in range(times):
        job = broker.pop(queue, 60, wait=5)
        assert job is not None
        broker.release(queue, job)
