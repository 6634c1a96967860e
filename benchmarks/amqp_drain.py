"""No-op jobs on RabbitMQ through one worker process with ten threads: Linda, its peers, and the raw client.

Linda and the raw client on a quorum queue.

python -m benchmarks.amqp_drain [JOBS ROUNDS]
"""

import json
import sys

import pika

from benchmarks import peers, workload
from benchmarks.contest import Contender, Prepare, command, timed
from benchmarks.countdown import Countdown
from benchmarks.workload import QUEUE
from tests.servers.rabbitmq import rabbitmq

SERVER = rabbitmq()


def emptied(fill: Prepare) -> Prepare:
    """No queue of an earlier round is left."""

    def prepare(url: str, jobs: int) -> None:
        with pika.BlockingConnection(pika.URLParameters(url)) as connection:
            for name in (QUEUE, f"linda.buried.{QUEUE}", "celery", f"{QUEUE}.DQ", f"{QUEUE}.XQ"):
                connection.channel().queue_delete(name)
        fill(url, jobs)

    return prepare


def drain_raw(url: str, jobs: int) -> float:
    """A consumer with prefetch 200 that acknowledges a hundred at a time: no leases, no threads."""
    countdown = Countdown(jobs)
    seen = 0

    def handle(channel: pika.channel.Channel, method: pika.spec.Basic.Deliver, _: object, body: bytes) -> None:
        nonlocal seen
        countdown(json.loads(body))
        seen += 1
        if seen % 100 == 0 or seen == jobs:
            channel.basic_ack(method.delivery_tag or 0, multiple=True)
        if seen == jobs:
            connection.close()

    def consume(channel: pika.channel.Channel) -> None:
        channel.basic_qos(prefetch_count=200)
        channel.basic_consume(QUEUE, handle)

    connection = pika.SelectConnection(
        pika.URLParameters(url),
        on_open_callback=lambda connection: connection.channel(on_open_callback=consume),
        on_close_callback=lambda connection, _: connection.ioloop.stop(),
    )
    return timed(connection.ioloop.start)


CONTENDERS = [
    Contender("floor: raw pika, prefetch 200, multiple acks", emptied(workload.fill), drain_raw),
    Contender("linda", emptied(workload.fill), workload.drain),
    Contender("dramatiq, prefetch 200", emptied(peers.fill_dramatiq), peers.drain_dramatiq),
    Contender("celery, threads", emptied(peers.fill_celery), peers.drain_celery),
]

if __name__ == "__main__":
    command("benchmarks.amqp_drain", CONTENDERS, sys.argv[1:], SERVER)
