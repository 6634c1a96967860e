"""The work of every contest: no-op jobs with bodies of about 250 bytes, and Linda at it, alike on every broker."""

import json
import threading
from collections.abc import Iterator

import linda_core as linda
from benchmarks.contest import timed
from benchmarks.countdown import Countdown

THREADS = 10
QUEUE = "bench"
NAME = "noop"
ARGUMENT = "x" * 100


def document(number: int = 0) -> str:
    """What the raw clients push for one job: as much as Linda's envelope says."""
    return json.dumps({"class": NAME, "args": [ARGUMENT], "kwargs": {}, "id": f"{number:032}", "queue": QUEUE})


def some(jobs: int) -> Iterator[linda.Job]:
    """So many jobs, made while they are pushed."""
    return (linda.Job(NAME, [ARGUMENT]) for _ in range(jobs))


def fill(url: str, jobs: int) -> None:
    """Linda's queue, before a drain."""
    with linda.new_broker(url) as broker:
        broker.push_many(some(jobs), QUEUE)


def drain(url: str, jobs: int) -> float:
    """As shipped: leases with fencing, renewal, retries, envelope, ten threads."""
    app = linda.Linda(linda.Settings(queue=QUEUE, connection=url, concurrency=THREADS))
    countdown = Countdown(jobs)
    app.register_workers(NAME, countdown)
    threading.Thread(target=app.run, daemon=True).start()
    return countdown.wait()


def push_many(url: str, jobs: int) -> float:
    """Everything in one call."""
    with linda.new_broker(url) as broker:
        return timed(lambda: broker.push_many(some(jobs), QUEUE))


def push(url: str, jobs: int) -> float:
    """One call for each job, which returns when the server has it."""

    def push_each() -> None:
        for job in some(jobs):
            broker.push(job, QUEUE)

    with linda.new_broker(url) as broker:
        return timed(push_each)
