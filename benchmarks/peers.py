"""Other libraries at the same work, each set up as its documentation recommends for throughput.

None is a dependency of Linda's: `pip install --group peers`. They are imported where they are used, so that no
contender carries the weight of another.
"""

import os
import threading
from typing import Any

from benchmarks.countdown import Countdown
from benchmarks.workload import ARGUMENT, NAME, QUEUE, THREADS

#: What `pip install --group peers` installs.
LIBRARIES = ("celery", "dramatiq")


def fill_dramatiq(url: str, jobs: int) -> None:
    """One message for each job: it has no call for many."""
    actor = _dramatiq(url, lambda _: None)
    for _ in range(jobs):
        actor.send(ARGUMENT)


def drain_dramatiq(url: str, jobs: int) -> float:
    """With its prefetch raised to 200, at which it is fastest."""
    countdown = Countdown(jobs)
    actor = _dramatiq(url, countdown)
    import dramatiq

    dramatiq.Worker(actor.broker, worker_threads=THREADS).start()
    return countdown.wait()


def _dramatiq(url: str, function: Any) -> Any:
    os.environ["dramatiq_queue_prefetch"] = "200"  # noqa: SIM112 - its name; read when dramatiq is imported
    import dramatiq

    broker: Any
    if url.startswith("redis"):
        from dramatiq.brokers.redis import RedisBroker

        broker = RedisBroker(url=url)
    else:
        from dramatiq.brokers.rabbitmq import RabbitmqBroker

        broker = RabbitmqBroker(url=url)
    dramatiq.set_broker(broker)
    return dramatiq.actor(function, actor_name=NAME, queue_name=QUEUE, broker=broker)


def fill_celery(url: str, jobs: int) -> None:
    """All on one connection."""
    app = _celery(url, lambda _: None)
    with app.producer_pool.acquire(block=True) as producer:
        for _ in range(jobs):
            app.send_task(NAME, (ARGUMENT,), producer=producer)


def drain_celery(url: str, jobs: int) -> float:
    """Ten threads, late acknowledgement, prefetch 200 in all, no gossip and no events."""
    countdown = Countdown(jobs)
    app = _celery(url, countdown)
    worker = app.Worker(pool="threads", concurrency=THREADS, loglevel="ERROR", quiet=True, without_gossip=True)
    threading.Thread(target=worker.start, daemon=True).start()
    return countdown.wait()


def _celery(url: str, function: Any) -> Any:
    import celery

    app = celery.Celery(broker=url.replace("kafka://", "confluentkafka://"))
    app.conf.update(task_ignore_result=True, task_acks_late=True, worker_prefetch_multiplier=20)
    app.conf.update(worker_send_task_events=False, worker_redirect_stdouts=False)
    # On Kafka: a group of its own, which does not wait for a member that was in the last contest.
    app.conf.broker_transport_options = {"kafka_consumer_config": {"group.id": f"bench-{os.getpid()}"}}

    def noop(argument: object) -> None:
        function(argument)

    app.task(name=NAME)(noop)
    return app
