"""What a process needs for jobs that only wait, at its peak."""

import subprocess
import sys
from collections.abc import Callable

import pytest
from confluent_kafka import Producer

from linda_kafka.record import Record, job
from tests.adapters.kafka.conftest import Ends

pytestmark = pytest.mark.slow

JOBS = 1_000_000
DAY = 86_400
#: Bytes that a worker may have, and those of one that has nothing to do.
MOST, LEAST = 100_000_000, 25_000_000

FOLD = """
import sys
from benchmarks.memory import peak
from linda_kafka.ledger import Ledger
from linda_kafka.record import Command

def stamp(number):
    return 1_700_000_000_000 + number // 100

jobs, delay = int(sys.argv[1]), 1000 * int(sys.argv[2])
ledger, before = Ledger(), peak()
for number in range(jobs):
    ledger.command(Command("push", {"queue": "q", "delay": delay}), number, stamp(number))
pushed = peak() - before
for part in ledger.copy().dump():
    pass
dumped = peak() - before
for number in range(jobs):
    ledger.command(Command("move", {"number": number}), jobs + number, stamp(jobs + number))
moved = peak() - before
assert ledger.command(Command("promote", {"queue": "q"}), 2 * jobs, stamp(2 * jobs) + delay + 1) == jobs
print(pushed, dumped, moved, peak() - before)
"""

#: A process that reads what there is.
FOLLOW = """
import sys, threading
import linda_core as linda
from benchmarks.memory import peak

with linda.new_broker(sys.argv[1]) as broker:
    delayed = broker.counts("q").delayed
    for thread in threading.enumerate():
        if thread.name == "linda-kafka-keeper":
            thread.join()
print(delayed, peak())
"""

#: A process that pushes jobs, and reads them meanwhile.
PUSH = """
import sys
import linda_core as linda
from benchmarks.memory import peak

jobs, delay = int(sys.argv[2]), int(sys.argv[3])
with linda.new_broker(sys.argv[1]) as broker:
    for _ in range(jobs // 10_000):
        broker.push_many([linda.Job("Later", ["x" * 100]) for _ in range(10_000)], "q", delay=delay)
        broker.pop("q", 60)
    print(broker.counts("q").delayed, peak())
"""


def run(program: str, *arguments: object) -> list[int]:
    """The numbers that it prints."""
    command = [sys.executable, "-c", program, *map(str, arguments)]
    outcome = subprocess.run(command, capture_output=True, text=True, check=True)
    assert not outcome.stderr
    return [int(word) for word in outcome.stdout.split()]


@pytest.fixture
def snapshots(ends: Ends, ledger: str) -> Callable[[], int]:
    """How many records they have."""
    return lambda: ends(f"{ledger}.snapshots")[1]


def write(servers: str, ledger: str, record: Record, times: int) -> None:
    """As a program without Linda would, and faster."""
    producer = Producer({"bootstrap.servers": servers, "linger.ms": 50, "queue.buffering.max.messages": times + 1})
    for _ in range(times):
        producer.produce(ledger, record.value, record.key, partition=0)
    assert producer.flush(60) == 0


def test_a_million_delayed_jobs_take_few_megabytes_until_they_are_ready() -> None:
    pushed, dumped, moved, due = run(FOLD, JOBS, DAY)

    assert pushed < 20_000_000
    assert dumped - pushed < 5_000_000, "for a snapshot"
    assert moved - dumped < 30_000_000, "when all were written again, of which there is a copy meanwhile"
    assert due - moved < 5_000_000, "when all became ready at once"


@pytest.mark.usefixtures("broker")  # which makes the topics
def test_a_worker_reads_a_million_delayed_jobs_in_less_than_100_megabytes(
    url: str, servers: str, ledger: str, snapshots: Callable[[], int]
) -> None:
    body = b'{"v":1,"id":"x","payload":{"class":"Later","args":["%s"],"kwargs":{}}}' % (b"x" * 200)
    write(servers, ledger, job("q", body, 1000 * DAY), JOBS)

    delayed, peak = run(FOLLOW, url)
    assert (delayed, snapshots() > JOBS // 10_000) == (JOBS, True)
    assert LEAST < peak < MOST, "as the first one that reads them, which writes a snapshot"

    delayed, peak = run(FOLLOW, url)
    assert delayed == JOBS
    assert LEAST < peak < MOST, "as one that starts from a snapshot"


def test_a_worker_pushes_a_million_delayed_jobs_in_less_than_100_megabytes(url: str) -> None:
    delayed, peak = run(PUSH, url, JOBS, DAY)

    assert delayed == JOBS
    assert LEAST < peak < MOST
