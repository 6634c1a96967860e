"""Pushing to RabbitMQ from one producer: Linda's push_many and push, and raw publishing confirmed one by one.

python -m benchmarks.amqp_enqueue [JOBS ROUNDS]
"""

import sys

import pika

import linda_core as linda
from benchmarks.amqp_drain import purge
from benchmarks.contest import Contender, command, timed
from benchmarks.redis_drain import BODY, QUEUE
from tests.servers.rabbitmq import rabbitmq


def prepare(url: str, _: int) -> None:
    """An empty queue, made as Linda makes it."""
    purge(url)
    with linda.new_broker(url) as broker:
        broker.pop(QUEUE, 1)


def push_many(url: str, jobs: int) -> float:
    """A thousand at a time, all confirmed."""
    with linda.new_broker(url) as broker:
        batch = [linda.Job("noop", ["x" * 100]) for _ in range(jobs)]
        return timed(lambda: broker.push_many(batch, QUEUE))


def push_one_by_one(url: str, jobs: int) -> float:
    """Each confirmed before the next."""
    with linda.new_broker(url) as broker:
        batch = [linda.Job("noop", ["x" * 100]) for _ in range(jobs)]

        def push() -> None:
            for job in batch:
                broker.push(job, QUEUE)

        return timed(push)


def publish_one_by_one(url: str, jobs: int) -> float:
    """pika's blocking connection, each message confirmed before the next."""
    properties = pika.BasicProperties(delivery_mode=pika.DeliveryMode.Persistent)
    with pika.BlockingConnection(pika.URLParameters(url)) as connection:
        channel = connection.channel()
        channel.confirm_delivery()

        def publish() -> None:
            for _ in range(jobs):
                channel.basic_publish("", QUEUE, BODY.encode(), properties, mandatory=True)

        return timed(publish)


CONTENDERS = [
    Contender("linda, push_many", prepare, push_many),
    Contender("linda, push", prepare, push_one_by_one),
    Contender("raw pika, one by one", prepare, publish_one_by_one),
]

if __name__ == "__main__":
    command("benchmarks.amqp_enqueue", CONTENDERS, sys.argv[1:], rabbitmq())
