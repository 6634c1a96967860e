"""No-op jobs on RabbitMQ through one worker process with ten threads: Linda, its peers, and the raw client.

python -m benchmarks.amqp_drain [JOBS ROUNDS]
"""

import json
import os
import sys
import threading

import pika

import linda_core as linda
from benchmarks.contest import Contender, command, timed
from benchmarks.redis_drain import QUEUE, THREADS, Countdown
from tests.servers.rabbitmq import rabbitmq

QUORUM = {"x-queue-type": "quorum"}


def purge(url: str) -> None:
    """No queue of an earlier round is left."""
    with pika.BlockingConnection(pika.URLParameters(url)) as connection:
        for name in (QUEUE, f"linda.buried.{QUEUE}", "celery", f"{QUEUE}.DQ", f"{QUEUE}.XQ"):
            connection.channel().queue_delete(name)


def fill_raw(url: str, jobs: int) -> None:
    purge(url)
    with linda.new_broker(url) as broker:
        broker.push_many([linda.Job("noop", ["x" * 100]) for _ in range(jobs)], QUEUE)


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


def drain_linda(url: str, jobs: int) -> float:
    """As shipped: leases, retries, envelope."""
    app = linda.Linda(linda.Settings(queue=QUEUE, connection=url, concurrency=THREADS))
    countdown = Countdown(jobs)
    app.register_workers("noop", countdown)
    threading.Thread(target=app.run, daemon=True).start()
    return countdown.wait()


def fill_dramatiq(url: str, jobs: int) -> None:
    purge(url)
    actor = _dramatiq(url, lambda _: None)
    for _ in range(jobs):
        actor.send("x" * 100)


def drain_dramatiq(url: str, jobs: int) -> float:
    """With its prefetch raised to 200, at which it is fastest."""
    import dramatiq

    countdown = Countdown(jobs)
    actor = _dramatiq(url, countdown)
    dramatiq.Worker(actor.broker, worker_threads=THREADS).start()
    return countdown.wait()


def _dramatiq(url: str, function):  # type: ignore[no-untyped-def]  # not a dependency, so nothing to type it with
    os.environ["dramatiq_queue_prefetch"] = "200"  # noqa: SIM112 - its name; read when dramatiq is imported
    import dramatiq
    from dramatiq.brokers.rabbitmq import RabbitmqBroker

    broker = RabbitmqBroker(url=url)
    dramatiq.set_broker(broker)
    return dramatiq.actor(function, actor_name="noop", queue_name=QUEUE, broker=broker)


def fill_celery(url: str, jobs: int) -> None:
    purge(url)
    app = _celery(url, lambda _: None)
    with app.producer_pool.acquire(block=True) as producer:
        for _ in range(jobs):
            app.send_task("noop", ("x" * 100,), producer=producer)


def drain_celery(url: str, jobs: int) -> float:
    """Ten threads, late acknowledgement, prefetch 200 in all, no gossip and no events."""
    countdown = Countdown(jobs)
    app = _celery(url, countdown)
    worker = app.Worker(pool="threads", concurrency=THREADS, loglevel="ERROR", quiet=True, without_gossip=True)
    threading.Thread(target=worker.start, daemon=True).start()
    return countdown.wait()


def _celery(url: str, function):  # type: ignore[no-untyped-def]  # not a dependency either
    import celery

    app = celery.Celery(broker=url)
    app.conf.update(task_ignore_result=True, task_acks_late=True, worker_prefetch_multiplier=20)
    app.conf.update(worker_send_task_events=False, worker_redirect_stdouts=False)

    def noop(argument: object) -> None:
        function(argument)

    app.task(name="noop")(noop)
    return app


CONTENDERS = [
    Contender("floor: raw pika, prefetch 200, multiple acks", fill_raw, drain_raw),
    Contender("linda", fill_raw, drain_linda),
    Contender("dramatiq, prefetch 200", fill_dramatiq, drain_dramatiq),
    Contender("celery, threads", fill_celery, drain_celery),
]

if __name__ == "__main__":
    command("benchmarks.amqp_drain", CONTENDERS, sys.argv[1:], rabbitmq())
