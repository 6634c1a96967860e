"""No-op jobs on Redis through one worker process with ten threads: Linda, the fastest peer, and the raw client.

python -m benchmarks.redis_drain [JOBS ROUNDS]
"""

import json
import os
import sys
import threading

import redis

import linda_core as linda
from benchmarks.contest import Contender, command, timed
from benchmarks.countdown import Countdown
from tests.servers.redis import redis as redis_server

THREADS = 10
QUEUE = "bench"
BODY = json.dumps({"class": "noop", "args": ["x" * 100], "kwargs": {}, "id": "0" * 32, "queue": "bench"})


def fill_floor(url: str, jobs: int) -> None:
    client = redis.Redis.from_url(url)
    client.flushall()
    for start in range(0, jobs, 1000):
        client.rpush(QUEUE, *[BODY] * min(1000, jobs - start))


def drain_lpop_100(url: str, jobs: int) -> float:
    """LPOP of 100 at a time, each body decoded and handled at once: no lease, no threads."""
    client = redis.Redis.from_url(url)
    countdown = Countdown(jobs)

    def drain() -> None:
        while bodies := client.lpop(QUEUE, 100):
            for body in bodies:
                countdown(json.loads(body))

    return timed(drain)


def drain_pipelined(url: str, jobs: int) -> float:
    """The same with pipelines of 100 single LPOPs."""
    client = redis.Redis.from_url(url)
    countdown = Countdown(jobs)

    def drain() -> None:
        for _ in range(0, jobs, 100):
            pipeline = client.pipeline(transaction=False)
            for _ in range(100):
                pipeline.lpop(QUEUE)
            for body in pipeline.execute():
                countdown(json.loads(body))

    return timed(drain)


def drain_one_by_one(url: str, jobs: int) -> float:
    """BLMOVE and LREM for each job: the simplest way that does not lose one."""
    client = redis.Redis.from_url(url)

    def drain() -> None:
        for _ in range(jobs):
            body = client.blmove(QUEUE, "taken", 1)
            client.lrem("taken", 1, body)

    return timed(drain)


def fill_linda(url: str, jobs: int) -> None:
    redis.Redis.from_url(url).flushall()
    with linda.new_broker(url) as broker:
        broker.push_many([linda.Job("noop", ["x" * 100]) for _ in range(jobs)], QUEUE)


def drain_linda(url: str, jobs: int) -> float:
    """As shipped: leases with fencing, renewal, retries, envelope."""
    app = linda.Linda(linda.Settings(queue=QUEUE, connection=url, concurrency=THREADS))
    countdown = Countdown(jobs)
    app.register_workers("noop", countdown)
    threading.Thread(target=app.run, daemon=True).start()
    return countdown.wait()


def fill_dramatiq(url: str, jobs: int) -> None:
    redis.Redis.from_url(url).flushall()
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
    from dramatiq.brokers.redis import RedisBroker

    broker = RedisBroker(url=url)
    dramatiq.set_broker(broker)
    return dramatiq.actor(function, actor_name="noop", queue_name=QUEUE, broker=broker)


CONTENDERS = [
    Contender("floor: LPOP 100 at a time", fill_floor, drain_lpop_100),
    Contender("floor: pipelines of 100 LPOP", fill_floor, drain_pipelined),
    Contender("linda", fill_linda, drain_linda),
    Contender("dramatiq, prefetch 200", fill_dramatiq, drain_dramatiq),
    Contender("raw, one by one", fill_floor, drain_one_by_one),
]

if __name__ == "__main__":
    command("benchmarks.redis_drain", CONTENDERS, sys.argv[1:], redis_server("--appendonly", "no"))
