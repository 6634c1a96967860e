"""Programs without Linda, on the same queues."""

import json

import pika

import linda_core as linda
from linda_core import Broker, Job
from tests.servers.server import Server

PERSISTENT = pika.BasicProperties(delivery_mode=pika.DeliveryMode.Persistent)


def test_linda_runs_what_a_foreign_producer_publishes(rabbitmq_server: Server, queue: str) -> None:
    app = linda.Linda(linda.Settings(queue=queue, connection=rabbitmq_server.url))
    seen: list[Job] = []

    def handle(job: Job) -> None:
        seen.append(job)
        app.stop()

    app.register_workers("Foreign", handle)
    with linda.new_broker(rabbitmq_server.url) as broker:
        assert broker.counts(queue).ready == 0  # makes the queue
        publish(rabbitmq_server, queue, {"payload": {"class": "Foreign", "args": ["seed"]}})
        app.run()

        assert [job.args for job in seen] == [["seed"]]
        assert seen[0].id
        assert broker.counts(queue).ready == 0


def test_the_line_in_the_docs_pushes(rabbitmq_server: Server, broker: Broker, queue: str) -> None:
    broker.pop(queue, 1)  # makes the queue
    envelope = json.dumps({"payload": {"class": "Documented"}}).encode()
    with pika.BlockingConnection(pika.URLParameters(rabbitmq_server.url)) as connection:
        known = {"pika": pika, "channel": connection.channel(), "queue": queue, "envelope": envelope}
        exec(broker.capabilities.foreign_push, known)

    job = broker.pop(queue, 0, wait=5)

    assert job is not None
    assert job.name == "Documented"


def test_a_message_id_is_the_job_id_where_the_envelope_has_none(
    rabbitmq_server: Server, broker: Broker, queue: str
) -> None:
    broker.pop(queue, 1)
    named = pika.BasicProperties(delivery_mode=pika.DeliveryMode.Persistent, message_id="theirs")
    publish(rabbitmq_server, queue, {"payload": {"class": "Foreign"}}, named)

    job = broker.pop(queue, 60, wait=5)

    assert job is not None
    assert job.id == "theirs"
    broker.delete(queue, job)


def test_a_foreign_consumer_reads_the_envelope(rabbitmq_server: Server, broker: Broker, queue: str) -> None:
    broker.push(Job("Read", ["me"]), queue)

    with pika.BlockingConnection(pika.URLParameters(rabbitmq_server.url)) as connection:
        _, properties, body = connection.channel().basic_get(queue, auto_ack=True)

    assert body is not None
    assert properties is not None
    assert json.loads(body)["payload"] == {"class": "Read", "args": ["me"], "kwargs": {}}
    assert properties.message_id == json.loads(body)["id"]


def publish(
    server: Server, queue: str, envelope: dict[str, object], properties: pika.BasicProperties = PERSISTENT
) -> None:
    with pika.BlockingConnection(pika.URLParameters(server.url)) as connection:
        channel = connection.channel()
        channel.confirm_delivery()
        channel.basic_publish("", queue, json.dumps(envelope).encode(), properties, mandatory=True)
