"""Programs without Linda, on the same queues."""

import json
import socket
import subprocess
import sys

from nsq import protocol  # pyright: ignore[reportMissingTypeStubs]

import linda_core as linda
from linda_core import Broker, Job
from linda_nsq.names import CHANNEL
from linda_nsq.options import Address
from tests.adapters.nsq.addresses import address_of
from tests.servers.server import Server

#: All that pynsq needs to push a job.
WRITER = """
import sys
import nsq

address, topic, envelope = sys.argv[1:]
writer = nsq.Writer([address])

def published(connection, outcome):
    print(outcome)
    nsq.tornado.ioloop.IOLoop.current().stop()

def publish():
    writer.pub(topic, envelope.encode(), published)

nsq.tornado.ioloop.IOLoop.current().call_later(0.5, publish)
nsq.run()
"""


def run(server: Server, queue: str) -> list[Job]:
    """What a worker runs until it has run one."""
    app = linda.Linda(linda.Settings(queue=queue, connection=server.url))
    seen: list[Job] = []

    def handle(job: Job) -> None:
        seen.append(job)
        app.stop()

    app.register_workers("Foreign", handle)
    app.run()
    app.close()
    return seen


def test_linda_runs_what_curl_publishes(nsqd_server: Server, broker: Broker, queue: str) -> None:
    envelope = json.dumps({"payload": {"class": "Foreign", "args": ["seed"]}})
    target = f"http://127.0.0.1:{address_of(nsqd_server).http}/pub?topic={queue}"
    subprocess.run(["curl", "-sf", "-d", envelope, target], check=True, timeout=10, capture_output=True)

    (job,) = run(nsqd_server, queue)

    assert job.args == ["seed"]
    assert job.id
    assert broker.counts(queue) == (0, 0, 0, 0)


def test_linda_runs_what_pynsq_publishes(nsqd_server: Server, broker: Broker, queue: str) -> None:
    envelope = json.dumps({"id": "theirs", "payload": {"class": "Foreign"}})
    command = [sys.executable, "-c", WRITER, str(address_of(nsqd_server)), queue, envelope]
    written = subprocess.run(command, check=True, timeout=30, capture_output=True, text=True)
    assert "OK" in written.stdout

    (job,) = run(nsqd_server, queue)

    assert job.id == "theirs"
    assert broker.counts(queue) == (0, 0, 0, 0)


def test_the_line_in_the_docs_pushes(nsqd_server: Server, broker: Broker, queue: str) -> None:
    line = broker.capabilities.foreign_push
    envelope = json.dumps({"payload": {"class": "Documented"}})
    for word, value in {
        "ENVELOPE": f"'{envelope}'",
        "QUEUE": queue,
        "host:4151": f"127.0.0.1:{address_of(nsqd_server).http}",
    }.items():
        assert word in line
        line = line.replace(word, value)
    subprocess.run(line, shell=True, check=True, timeout=10, capture_output=True)

    job = broker.pop(queue, 0, wait=5)

    assert job is not None
    assert job.name == "Documented"


def test_what_is_no_envelope_is_buried(nsqd_server: Server, broker: Broker, queue: str) -> None:
    target = f"http://127.0.0.1:{address_of(nsqd_server).http}/pub?topic={queue}"
    subprocess.run(["curl", "-sf", "-d", "no envelope", target], check=True, timeout=10, capture_output=True)

    assert broker.pop(queue, 60, wait=1) is None

    assert broker.counts(queue).buried == 1


def test_a_foreign_consumer_reads_the_envelope(nsqd_server: Server, broker: Broker, queue: str) -> None:
    broker.push(Job("Read", ["me"]), queue)

    assert json.loads(consumed(address_of(nsqd_server), queue))["payload"] == {
        "class": "Read",
        "args": ["me"],
        "kwargs": {},
    }


def consumed(address: Address, topic: str) -> bytes:
    """What another program's consumer gets of Linda's channel first."""
    with socket.create_connection((address.host, address.tcp), timeout=10) as link:
        link.sendall(protocol.MAGIC_V2 + protocol.subscribe(topic, CHANNEL) + protocol.ready(1))
        reader = link.makefile("rb")
        while True:
            size = int.from_bytes(reader.read(4), "big")
            kind, data = protocol.unpack_response(reader.read(size))
            if kind == protocol.FRAME_TYPE_MESSAGE:
                message = protocol.decode_message(data)
                link.sendall(protocol.finish(message.id))
                body: bytes = message.body
                return body
