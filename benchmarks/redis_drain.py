"""No-op jobs on Redis through one worker process with ten threads: Linda, its peers, and the raw client.

Redis writes nothing to disk. The floors decode each body and call the handler, without threads, and lose what they
hold when they are killed.

python -m benchmarks.redis_drain [JOBS ROUNDS]
"""

import json
import sys

import redis

from benchmarks import peers, workload
from benchmarks.contest import Contender, Prepare, command, timed
from benchmarks.countdown import Countdown
from benchmarks.workload import QUEUE, document
from tests.servers.redis import redis as redis_server

SERVER = redis_server("--appendonly", "no")


def emptied(fill: Prepare) -> Prepare:
    """Nothing of an earlier round is left."""

    def prepare(url: str, jobs: int) -> None:
        redis.Redis.from_url(url).flushall()
        fill(url, jobs)

    return prepare


def fill_list(url: str, jobs: int) -> None:
    client = redis.Redis.from_url(url)
    for start in range(0, jobs, 1000):
        client.rpush(QUEUE, *[document()] * min(1000, jobs - start))


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


CONTENDERS = [
    Contender("floor: LPOP 100 at a time", emptied(fill_list), drain_lpop_100),
    Contender("floor: pipelines of 100 LPOP", emptied(fill_list), drain_pipelined),
    Contender("linda", emptied(workload.fill), workload.drain),
    Contender("dramatiq, prefetch 200", emptied(peers.fill_dramatiq), peers.drain_dramatiq),
    Contender("celery, threads", emptied(peers.fill_celery), peers.drain_celery),
    Contender("raw, one by one", emptied(fill_list), drain_one_by_one),
]

if __name__ == "__main__":
    command("benchmarks.redis_drain", CONTENDERS, sys.argv[1:], SERVER)
