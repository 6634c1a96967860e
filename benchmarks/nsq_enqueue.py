"""Pushing to NSQ from one producer: Linda's push_many and push, and pynsq's codec on a socket, MPUB and PUB.

python -m benchmarks.nsq_enqueue [JOBS ROUNDS]
"""

import socket
import sys

from nsq import protocol

import linda_core as linda
from benchmarks import workload
from benchmarks.contest import Contender, command, timed
from benchmarks.nsq_drain import SERVER, address, emptied
from benchmarks.workload import QUEUE, document

BATCH = 100


@emptied
def prepare(url: str, _: int) -> None:
    """The topic and the channel as Linda makes them."""
    with linda.new_broker(url) as broker:
        broker.pop(QUEUE, 1)


def publish_batches(url: str, jobs: int) -> float:
    """MPUB of 100 at a time, each answered before the next."""

    def publish() -> None:
        for start in range(0, jobs, BATCH):
            bodies = [document(number).encode() for number in range(start, min(start + BATCH, jobs))]
            _ask(link, protocol.mpub(QUEUE, bodies))

    with socket.create_connection(address(url)[:2]) as link:
        link.sendall(protocol.MAGIC_V2)
        return timed(publish)


def publish_one_by_one(url: str, jobs: int) -> float:
    """PUB, each answered before the next."""

    def publish() -> None:
        for number in range(jobs):
            _ask(link, protocol.pub(QUEUE, document(number).encode()))

    with socket.create_connection(address(url)[:2]) as link:
        link.sendall(protocol.MAGIC_V2)
        return timed(publish)


def _ask(link: socket.socket, command: bytes) -> None:
    link.sendall(command)
    link.recv(4096)


CONTENDERS = [
    Contender("raw: MPUB of 100", prepare, publish_batches),
    Contender("linda: push_many", prepare, workload.push_many),
    Contender("raw: PUB one by one", prepare, publish_one_by_one),
    Contender("linda: push", prepare, workload.push),
]

if __name__ == "__main__":
    command("benchmarks.nsq_enqueue", CONTENDERS, sys.argv[1:], SERVER)
