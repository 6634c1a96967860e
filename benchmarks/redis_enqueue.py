"""Pushing to Redis from one producer: Linda's push_many and push, and the raw client's pipelines.

python -m benchmarks.redis_enqueue [JOBS ROUNDS]
"""

import json
import sys

import redis

import linda_core as linda
from benchmarks.contest import Contender, command, timed
from tests.servers.redis import redis as redis_server

QUEUE = "bench"


def empty(url: str, _jobs: int) -> None:
    redis.Redis.from_url(url).flushall()


def raw_pipelines(url: str, jobs: int) -> float:
    """RPUSH of the same envelope, 100 in a pipeline, encoded as it goes."""
    client = redis.Redis.from_url(url)

    def push() -> None:
        for start in range(0, jobs, 100):
            pipeline = client.pipeline(transaction=False)
            for number in range(start, start + 100):
                document = {"class": "noop", "args": ["x" * 100], "kwargs": {}, "id": str(number), "queue": QUEUE}
                pipeline.rpush(QUEUE, json.dumps(document))
            pipeline.execute()

    return timed(push)


def raw_one_by_one(url: str, jobs: int) -> float:
    """One RPUSH for each job."""
    client = redis.Redis.from_url(url)

    def push() -> None:
        for number in range(jobs):
            document = {"class": "noop", "args": ["x" * 100], "kwargs": {}, "id": str(number), "queue": QUEUE}
            client.rpush(QUEUE, json.dumps(document))

    return timed(push)


def push_many(url: str, jobs: int) -> float:
    """Everything in one call."""
    with linda.new_broker(url) as broker:
        return timed(lambda: broker.push_many((linda.Job("noop", ["x" * 100]) for _ in range(jobs)), QUEUE))


def push(url: str, jobs: int) -> float:
    """One call for each job."""

    def push_each() -> None:
        for _ in range(jobs):
            broker.push(linda.Job("noop", ["x" * 100]), QUEUE)

    with linda.new_broker(url) as broker:
        return timed(push_each)


CONTENDERS = [
    Contender("raw: RPUSH in pipelines of 100", empty, raw_pipelines),
    Contender("linda: push_many", empty, push_many),
    Contender("raw: RPUSH one by one", empty, raw_one_by_one),
    Contender("linda: push", empty, push),
]

if __name__ == "__main__":
    command("benchmarks.redis_enqueue", CONTENDERS, sys.argv[1:], redis_server("--appendonly", "no"))
