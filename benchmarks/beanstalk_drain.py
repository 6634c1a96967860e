"""No-op jobs on beanstalkd through one process: Linda's dispatcher and its Broker, and clients that do less.

python -m benchmarks.beanstalk_drain [JOBS ROUNDS]

Two contests, without a binlog and with one (`-b`). The raw socket knows no attempts and no leases. Linda has each batch
written down before it returns the jobs: a killed server that has a binlog does not forget that they were handed out.
"""

import json
import socket
import sys
import threading

import greenstalk

import linda_core as linda
from benchmarks.contest import Contender, command, timed
from benchmarks.countdown import Countdown
from linda_core.url import BrokerURL
from tests.servers.beanstalkd import beanstalkd

THREADS = 10
QUEUE = "bench"
BATCH = 100
ARGUMENTS = ["x" * 100]


def fill(url: str, jobs: int) -> None:
    with linda.new_broker(url) as broker:
        broker.push_many([linda.Job("noop", ARGUMENTS) for _ in range(jobs)], QUEUE)


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


def drain_linda(url: str, jobs: int) -> float:
    """As shipped: ten threads, renewal and retries besides."""
    app = linda.Linda(linda.Settings(queue=QUEUE, connection=url, concurrency=THREADS))
    countdown = Countdown(jobs)
    app.register_workers("noop", countdown)
    threading.Thread(target=app.run, daemon=True).start()
    return countdown.wait()


def _address(url: str) -> tuple[str, int]:
    parsed = BrokerURL.parse(url)
    return parsed.host or "localhost", parsed.port or 11300


CONTENDERS = [
    Contender("raw socket, pipelines of 100", fill, drain_raw),
    Contender("linda: Broker", fill, drain_broker),
    Contender("linda: dispatcher", fill, drain_linda),
    Contender("greenstalk, one by one", fill, drain_greenstalk),
]

if __name__ == "__main__":
    MODULE = "benchmarks.beanstalk_drain"
    if len(sys.argv) > 3:
        command(MODULE, CONTENDERS, sys.argv[1:], beanstalkd())
    else:
        for title, kind in (("Without", beanstalkd(logged=False)), ("With", beanstalkd("-f50"))):
            print(f"\n{title} a binlog:\n")
            command(MODULE, CONTENDERS, sys.argv[1:], kind)
