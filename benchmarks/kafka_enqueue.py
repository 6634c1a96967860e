"""Pushing to Kafka from one producer: Linda's push_many and push, and the raw client with the same acks.

python -m benchmarks.kafka_enqueue [JOBS ROUNDS]
"""

import sys
import threading

import linda_core as linda
from benchmarks import workload
from benchmarks.contest import Contender, Prepare, command, timed
from benchmarks.kafka_drain import SERVER, connected, emptied, make_topic, produce
from benchmarks.workload import QUEUE, document, some

empty: Prepare = emptied(lambda _url, _jobs: None)


def raw_many(url: str, jobs: int) -> float:
    """As fast as the client takes them, with one wait at the end."""
    producer = connected(url, jobs)
    return timed(lambda: produce(producer, jobs))


def raw_one_by_one(url: str, jobs: int) -> float:
    """A wait for each; a thread listens for the broker's answers."""
    producer = connected(url, jobs)
    delivered, done = threading.Event(), threading.Event()

    def listen() -> None:
        while not done.is_set():
            producer.poll(0.1)

    def push() -> None:
        for number in range(jobs):
            delivered.clear()
            producer.produce(QUEUE, document(number), on_delivery=lambda *_: delivered.set())
            delivered.wait()

    threading.Thread(target=listen).start()
    try:
        return timed(push)
    finally:
        done.set()


def linda_many(url: str, jobs: int) -> float:
    """Everything in one call, by a Broker that has its first job behind it as well."""
    with linda.new_broker(url) as broker:
        broker.push_many(some(1), QUEUE)
        return timed(lambda: broker.push_many(some(jobs), QUEUE))


CONTENDERS = [
    Contender("raw: produce, wait once", emptied(make_topic), raw_many),
    Contender("linda: push_many", empty, linda_many),
    Contender("raw: produce and wait for each", emptied(make_topic), raw_one_by_one),
    Contender("linda: push", empty, workload.push),
]

if __name__ == "__main__":
    command("benchmarks.kafka_enqueue", CONTENDERS, sys.argv[1:], SERVER)
