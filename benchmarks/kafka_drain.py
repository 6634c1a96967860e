"""No-op jobs on Kafka through one worker process with ten threads: Linda, Celery, and the raw client.

The raw client is a group's only member: it decodes each body, calls the handler and commits what it has consumed,
500 records at a time, without leases and threads. Celery, on kombu's transport confluentkafka, is slow enough to be
judged by a twentieth of the jobs, of which it does not run all.

python -m benchmarks.kafka_drain [JOBS ROUNDS]
"""

import json
import sys
from os import getpid

from confluent_kafka import Consumer, KafkaException, Producer
from confluent_kafka.admin import AdminClient
from confluent_kafka.cimpl import NewTopic

from benchmarks import peers, workload
from benchmarks.contest import Contender, Prepare, command, timed
from benchmarks.countdown import Countdown
from benchmarks.workload import QUEUE, document
from tests.servers.kafka import kafka
from tests.servers.waiting import wait_until

SERVER = kafka()

#: What Linda asks of the broker for a record, asked by the raw client as well.
SAFE = {"acks": "all", "enable.idempotence": True, "linger.ms": 0}


def servers(url: str) -> dict[str, str]:
    """The cluster in Linda's URL, as a client's configuration."""
    return {"bootstrap.servers": url.rpartition("/")[2]}


def emptied(fill: Prepare) -> Prepare:
    """No topic of an earlier round is left."""

    def prepare(url: str, jobs: int) -> None:
        admin = AdminClient(servers(url))

        def topics() -> list[str]:
            return [name for name in admin.list_topics(timeout=10).topics if not name.startswith("__")]

        if old := topics():
            for deleted in admin.delete_topics(old).values():
                deleted.result(10)
        assert wait_until(lambda: not topics(), patience=30)
        fill(url, jobs)

    return prepare


def make_topic(url: str, _jobs: int) -> None:
    """With one partition, like a ledger; and another to warm up with."""
    admin = AdminClient(servers(url))
    for made in admin.create_topics([NewTopic(QUEUE, 1, 1), NewTopic("warm", 1, 1)]).values():
        made.result(10)


def fill_topic(url: str, jobs: int) -> None:
    make_topic(url, jobs)
    produce(connected(url, jobs), jobs)


def connected(url: str, jobs: int) -> Producer:
    """A producer that has its first record behind it, and room for all that come."""
    producer = Producer(servers(url) | SAFE | {"queue.buffering.max.messages": jobs + 1})
    producer.produce("warm", b"")
    producer.flush()
    return producer


def produce(producer: Producer, jobs: int) -> None:
    """Each with a callback that hears of a failure; done when the broker has the last one."""

    def delivered(error: object, _: object) -> None:
        assert error is None

    for number in range(jobs):
        producer.produce(QUEUE, document(number), on_delivery=delivered)
        producer.poll(0)
    producer.flush()


def drain_group(url: str, jobs: int) -> float:
    """Jobs that are handled before a crash and committed after it run again, those of one commit all at once.

    Timed from the moment at which the group has let it in.
    """
    consumer = Consumer(
        servers(url) | {"group.id": f"bench-{getpid()}", "auto.offset.reset": "earliest", "enable.auto.commit": False}
    )
    consumer.subscribe([QUEUE])
    countdown = Countdown(jobs)
    first = consumer.consume(1, 60)

    def drain() -> None:
        left = jobs
        while left:
            messages = (left == jobs and first) or consumer.consume(500, 1)
            for message in messages:
                if error := message.error():
                    raise KafkaException(error)
                countdown(json.loads(message.value() or b""))
            left -= len(messages)
            if messages:
                consumer.commit(asynchronous=False)

    return timed(drain)


CONTENDERS = [
    Contender("raw: consumer group, commits of 500", emptied(fill_topic), drain_group),
    Contender("linda", emptied(workload.fill), workload.drain),
    Contender("celery, threads", emptied(peers.fill_celery), peers.drain_celery, share=20),
]

if __name__ == "__main__":
    command("benchmarks.kafka_drain", CONTENDERS, sys.argv[1:], SERVER)
