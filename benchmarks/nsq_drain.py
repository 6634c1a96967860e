"""No-op jobs on NSQ through one worker process: Linda with ten threads, its Broker, and pynsq's codec on a socket.

The raw loop lets nsqd send 100 messages ahead, decodes each and finishes it, without threads; what nsqd refuses to
finish it does not hear of. nsqd is set as shipped: it keeps 10,000 messages in memory and the others on disk.

python -m benchmarks.nsq_drain [JOBS ROUNDS]
"""

import json
import socket
import sys

from nsq import protocol

import linda_core as linda
from benchmarks import workload
from benchmarks.contest import Contender, Prepare, command, timed
from benchmarks.countdown import Countdown
from benchmarks.workload import QUEUE
from linda_core.url import BrokerURL
from linda_nsq.admin import Admin, Web
from linda_nsq.names import CHANNEL
from linda_nsq.options import Address, DirectOptions
from tests.servers.nsqd import nsqd

SERVER = nsqd("-mem-queue-size=10000")
READY = 100


def emptied(fill: Prepare) -> Prepare:
    """No message of an earlier round is left."""

    def prepare(url: str, jobs: int) -> None:
        Admin(Web(address(url).host, address(url).http)).empty(QUEUE, CHANNEL)
        fill(url, jobs)

    return prepare


def drain_raw(url: str, jobs: int) -> float:
    """RDY 100, and one FIN for each message, sent together for all that came together."""
    with socket.create_connection(address(url)[:2]) as link:
        link.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        link.sendall(protocol.MAGIC_V2 + protocol.subscribe(QUEUE, CHANNEL) + protocol.ready(READY))
        return timed(lambda: _consume(link, jobs))


def drain_broker(url: str, jobs: int) -> float:
    """Linda without its dispatcher: leases, fencing, attempts, envelope."""
    with linda.new_broker(url) as broker:

        def drain() -> None:
            left = jobs
            while left:
                batch = broker.pop_many(QUEUE, 60, READY, wait=1)
                broker.delete_many(QUEUE, batch)
                left -= len(batch)

        return timed(drain)


def address(url: str) -> Address:
    """Where the one nsqd of a contest is."""
    parsed = BrokerURL.parse(url)
    return parsed.options_as(DirectOptions).addresses(parsed)[0]


def _consume(link: socket.socket, jobs: int) -> None:
    countdown = Countdown(jobs)
    unread = b""
    while jobs:
        unread += link.recv(65536)
        finished: list[bytes] = []
        while len(unread) >= 4 and len(unread) >= (end := 4 + int.from_bytes(unread[:4], "big")):
            kind, data = protocol.unpack_response(unread[4:end])
            unread = unread[end:]
            if kind == protocol.FRAME_TYPE_MESSAGE:
                message = protocol.decode_message(data)
                countdown(json.loads(message.body))
                finished.append(protocol.finish(message.id))
        jobs -= len(finished)
        if jobs < READY:  # or nsqd would keep the last in its buffer for 250 ms
            finished.append(protocol.ready(jobs))
        link.sendall(b"".join(finished))


CONTENDERS = [
    Contender("floor: raw socket and pynsq's codec, RDY 100", emptied(workload.fill), drain_raw),
    Contender("linda: Broker", emptied(workload.fill), drain_broker),
    Contender("linda: dispatcher", emptied(workload.fill), workload.drain),
]

if __name__ == "__main__":
    command("benchmarks.nsq_drain", CONTENDERS, sys.argv[1:], SERVER)
