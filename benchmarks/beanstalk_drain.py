"""No-op jobs on beanstalkd through one process: Linda's dispatcher and its Broker, and clients that do less.

The raw socket knows no attempts and no leases. Linda has each batch written down before it returns the jobs: a killed
server that has a binlog does not forget that they were handed out.

python -m benchmarks.beanstalk_drain [JOBS ROUNDS]
"""

import json
import socket
import sys

import greenstalk

import linda_core as linda
from benchmarks import workload
from benchmarks.contest import Contender, command, timed
from benchmarks.workload import QUEUE
from linda_core.url import BrokerURL
from tests.servers.beanstalkd import beanstalkd

UNLOGGED, LOGGED = beanstalkd(logged=False), beanstalkd("-f50")
BATCH = 100


def drain_raw(url: str, jobs: int) -> float:
    """Pipelines of 100 reserves, then of 100 deletes, each body decoded: nothing in between is known of a job."""
    with socket.create_connection(_address(url)) as link, link.makefile("rb") as reader:
        link.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        link.sendall(b"watch %b\r\nignore default\r\n" % QUEUE.encode())
        for _ in range(2):
            reader.readline()

        def drain() -> None:
            for _ in range(0, jobs, BATCH):
                link.sendall(b"reserve-with-timeout 0\r\n" * BATCH)
                ids: list[bytes] = []
                for _ in range(BATCH):
                    _, job, size = reader.readline().split()
                    json.loads(reader.read(int(size) + 2))
                    ids.append(job)
                link.sendall(b"".join(b"delete %b\r\n" % job for job in ids))
                for _ in ids:
                    reader.readline()

        return timed(drain)


def drain_greenstalk(url: str, jobs: int) -> float:
    """One command at a time: reserve, decode, delete."""
    with greenstalk.Client(_address(url), encoding=None, watch=QUEUE) as client:

        def drain() -> None:
            for _ in range(jobs):
                job = client.reserve(timeout=0)
                json.loads(job.body)
                client.delete(job)

        return timed(drain)


def drain_broker(url: str, jobs: int) -> float:
    """Linda without its dispatcher: leases, fencing, attempts, envelope."""
    with linda.new_broker(url) as broker:

        def drain() -> None:
            for _ in range(0, jobs, BATCH):
                broker.delete_many(QUEUE, broker.pop_many(QUEUE, 60, BATCH))

        return timed(drain)


def _address(url: str) -> tuple[str, int]:
    parsed = BrokerURL.parse(url)
    return parsed.host or "localhost", parsed.port or 11300


CONTENDERS = [
    Contender("raw socket, pipelines of 100", workload.fill, drain_raw),
    Contender("linda: Broker", workload.fill, drain_broker),
    Contender("linda: dispatcher", workload.fill, workload.drain),
    Contender("greenstalk, one by one", workload.fill, drain_greenstalk),
]

if __name__ == "__main__":
    command("benchmarks.beanstalk_drain", CONTENDERS, sys.argv[1:], LOGGED)
