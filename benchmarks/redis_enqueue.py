"""Pushing to Redis from one producer: Linda's push_many and push, and the raw client's pipelines.

python -m benchmarks.redis_enqueue [JOBS ROUNDS]
"""

import sys

import redis

from benchmarks import workload
from benchmarks.contest import Contender, command, timed
from benchmarks.redis_drain import SERVER, emptied
from benchmarks.workload import QUEUE, document


@emptied
def empty(_url: str, _jobs: int) -> None:
    """There is nothing to fill."""


def raw_pipelines(url: str, jobs: int) -> float:
    """RPUSH of the same envelope, 100 in a pipeline, encoded as it goes."""
    client = redis.Redis.from_url(url)

    def push() -> None:
        for start in range(0, jobs, 100):
            pipeline = client.pipeline(transaction=False)
            for number in range(start, start + 100):
                pipeline.rpush(QUEUE, document(number))
            pipeline.execute()

    return timed(push)


def raw_one_by_one(url: str, jobs: int) -> float:
    """One RPUSH for each job."""
    client = redis.Redis.from_url(url)

    def push() -> None:
        for number in range(jobs):
            client.rpush(QUEUE, document(number))

    return timed(push)


CONTENDERS = [
    Contender("raw: RPUSH in pipelines of 100", empty, raw_pipelines),
    Contender("linda: push_many", empty, workload.push_many),
    Contender("raw: RPUSH one by one", empty, raw_one_by_one),
    Contender("linda: push", empty, workload.push),
]

if __name__ == "__main__":
    command("benchmarks.redis_enqueue", CONTENDERS, sys.argv[1:], SERVER)
