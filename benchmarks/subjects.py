"""What is measured of each broker, and on which servers."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import ModuleType

from benchmarks import (
    amqp_drain,
    amqp_enqueue,
    beanstalk_drain,
    flat,
    kafka_drain,
    kafka_enqueue,
    nsq_drain,
    nsq_enqueue,
    peers,
    promptness,
    redis_drain,
    redis_enqueue,
)
from benchmarks.contest import contest
from benchmarks.table import Row
from tests.servers.locate import Kind

#: Measures the broker at a URL with so many jobs, in so many rounds.
Measure = Callable[[str, int, int], list[Row]]


@dataclass(frozen=True)
class Table:
    """One table of the page; `about` is a sentence or two on how its figures came about."""

    title: str
    about: str
    measure: Measure
    server: Kind | None  #: None: a file of SQLite's


@dataclass(frozen=True)
class Subject:
    """One broker, as it is measured, and the libraries whose versions matter."""

    title: str
    libraries: Sequence[str]
    tables: Sequence[Table]


def contested(title: str, module: ModuleType, server: Kind) -> Table:
    """A contest's table."""

    def measure(url: str, jobs: int, rounds: int) -> list[Row]:
        return contest(module.__name__, module.CONTENDERS, url, jobs, rounds)

    return Table(title, _about(module), measure, server)


def prompt(server: Kind | None) -> Table:
    """How soon, and how late."""
    return Table("Promptness", _about(promptness), lambda url, jobs, _: promptness.rows(url, max(1, jobs // 2)), server)


def flatness(server: Kind | None) -> Table:
    """With a full queue."""
    return Table("Flatness", _about(flat), lambda url, jobs, _: flat.rows_of_another(url, jobs * 50), server)


def _about(module: ModuleType) -> str:
    """What a benchmark says of itself, without how to run it."""
    return " ".join((module.__doc__ or "").partition("python -m")[0].split())


SUBJECTS: Mapping[str, Subject] = {
    "redis": Subject(
        "Redis",
        ("redis", "hiredis", *peers.LIBRARIES),
        [
            contested("Draining", redis_drain, redis_drain.SERVER),
            contested("Pushing", redis_enqueue, redis_drain.SERVER),
            prompt(redis_drain.SERVER),
            flatness(redis_drain.SERVER),
        ],
    ),
    "amqp": Subject(
        "RabbitMQ",
        ("pika", *peers.LIBRARIES),
        [
            contested("Draining", amqp_drain, amqp_drain.SERVER),
            contested("Pushing", amqp_enqueue, amqp_drain.SERVER),
            prompt(amqp_drain.SERVER),
        ],
    ),
    "kafka": Subject(
        "Kafka",
        ("confluent_kafka", "celery"),
        [
            contested("Draining", kafka_drain, kafka_drain.SERVER),
            contested("Pushing", kafka_enqueue, kafka_drain.SERVER),
            prompt(kafka_drain.SERVER),
            flatness(kafka_drain.SERVER),
        ],
    ),
    "beanstalk": Subject(
        "beanstalkd",
        ("greenstalk",),
        [
            contested("Draining, with a binlog", beanstalk_drain, beanstalk_drain.LOGGED),
            contested("Draining, without a binlog", beanstalk_drain, beanstalk_drain.UNLOGGED),
            prompt(beanstalk_drain.LOGGED),
        ],
    ),
    "nsq": Subject(
        "NSQ",
        ("pynsq",),
        [
            contested("Draining", nsq_drain, nsq_drain.SERVER),
            contested("Pushing", nsq_enqueue, nsq_drain.SERVER),
            prompt(nsq_drain.SERVER),
        ],
    ),
    "sqlite": Subject("SQLite", (), [prompt(None), flatness(None)]),
}
