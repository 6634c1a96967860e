"""Pushing to RabbitMQ from one producer: Linda's push_many and push, and raw publishing confirmed one by one.

python -m benchmarks.amqp_enqueue [JOBS ROUNDS]
"""

import sys

import pika

import linda_core as linda
from benchmarks import workload
from benchmarks.amqp_drain import SERVER, emptied
from benchmarks.contest import Contender, command, timed
from benchmarks.workload import QUEUE, document


@emptied
def prepare(url: str, _: int) -> None:
    """The queue as Linda makes it."""
    with linda.new_broker(url) as broker:
        broker.pop(QUEUE, 1)


def publish_one_by_one(url: str, jobs: int) -> float:
    """pika's blocking connection, each message confirmed before the next."""
    properties = pika.BasicProperties(delivery_mode=pika.DeliveryMode.Persistent)
    with pika.BlockingConnection(pika.URLParameters(url)) as connection:
        channel = connection.channel()
        channel.confirm_delivery()

        def publish() -> None:
            for number in range(jobs):
                channel.basic_publish("", QUEUE, document(number).encode(), properties, mandatory=True)

        return timed(publish)


CONTENDERS = [
    Contender("linda: push_many", prepare, workload.push_many),
    Contender("linda: push", prepare, workload.push),
    Contender("raw pika, one by one", prepare, publish_one_by_one),
]

if __name__ == "__main__":
    command("benchmarks.amqp_enqueue", CONTENDERS, sys.argv[1:], SERVER)
