"""A queue that moves from one node of a cluster to another, while it is used."""

from collections.abc import Iterator

import pytest
from redis.crc import key_slot

from linda_core import Broker, BrokerUnavailable, Job, new_broker
from linda_core.conformance.background import Background
from linda_core.url import BrokerURL
from tests.adapters.redis.conftest import Command, commands_at
from tests.conftest import PrivateServer
from tests.servers.port import free_port
from tests.servers.redis import redis, redis_cluster
from tests.servers.server import Server
from tests.servers.waiting import wait_until

QUEUE = "moving"
SLOT = key_slot(b"{linda:moving}")


class Node:
    """One primary."""

    def __init__(self, server: Server, command: Command) -> None:
        self.port = BrokerURL.parse(server.url).port
        self.command = command
        self.id: bytes = command("CLUSTER", "MYID")

    def knows(self, other: "Node") -> bool:
        nodes: bytes = self.command("CLUSTER", "NODES")
        met = any(other.id in line and b" connected" in line for line in nodes.splitlines())
        return met and b"cluster_state:ok" in self.command("CLUSTER", "INFO")


class Move:
    """A slot on its way from one node to another."""

    def __init__(self, source: Node, target: Node) -> None:
        self._source, self._target = source, target

    def begin(self) -> None:
        self._target.command("CLUSTER", "SETSLOT", SLOT, "IMPORTING", self._source.id)
        self._source.command("CLUSTER", "SETSLOT", SLOT, "MIGRATING", self._target.id)

    def carry(self) -> None:
        keys: list[bytes] = self._source.command("CLUSTER", "GETKEYSINSLOT", SLOT, 100)
        self._source.command("MIGRATE", "127.0.0.1", self._target.port, "", 0, 5000, "KEYS", *keys)

    def end(self) -> None:
        for node in (self._target, self._source):
            node.command("CLUSTER", "SETSLOT", SLOT, "NODE", self._target.id)


@pytest.fixture
def cluster(private_server: PrivateServer) -> Server:
    return private_server(redis_cluster())


@pytest.fixture
def broker(cluster: Server) -> Iterator[Broker]:
    with new_broker(cluster.url) as broker:
        yield broker


@pytest.fixture
def move(cluster: Server, private_server: PrivateServer) -> Iterator[Move]:
    """From the node that has everything to one that has nothing."""
    bus = free_port()
    joining = private_server(redis("--cluster-enabled", "yes", "--cluster-port", str(bus)))
    for source_command in commands_at(cluster.url.replace("redis+cluster", "redis")):
        for target_command in commands_at(joining.url):
            source, target = Node(cluster, source_command), Node(joining, target_command)
            source_command("CLUSTER", "MEET", "127.0.0.1", target.port, bus)
            assert wait_until(lambda: source.knows(target) and target.knows(source), patience=20)  # noqa: B023
            yield Move(source, target)


def test_a_queue_that_has_moved_is_followed(broker: Broker, move: Move) -> None:
    broker.push_many([Job("a"), Job("b")], QUEUE)
    held = broker.pop(QUEUE, 30)
    assert held

    move.begin()
    move.carry()
    move.end()

    broker.delete(QUEUE, held)
    job = broker.pop(QUEUE, 30)
    assert job
    assert job.name == "b"
    assert broker.queues() == [QUEUE]


def test_a_queue_that_is_on_its_way_is_unavailable_and_loses_nothing(broker: Broker, move: Move) -> None:
    broker.push_many([Job("a"), Job("b")], QUEUE)

    for step in (move.begin, move.carry):
        step()
        with pytest.raises(BrokerUnavailable, match="to another node"):
            broker.pop(QUEUE, 30)
        with pytest.raises(BrokerUnavailable, match="to another node"):
            broker.push(Job("c"), QUEUE)
    move.end()

    assert [job.name for job in broker.pop_many(QUEUE, 30, 10)] == ["a", "b"]


def test_a_wait_goes_on_at_the_new_node(broker: Broker, move: Move) -> None:
    waiting = Background(lambda: broker.pop((QUEUE, "another"), 30, wait=60))
    waiting.pause()

    move.begin()
    move.end()

    broker.push(Job("a"), QUEUE)
    assert waiting.result("the job was not found")
