"""A server whose memory is full refuses what is new and finishes what it has."""

from collections.abc import Callable, Iterator

import pytest

from linda_core import Broker, BrokerUnavailable, ConnectionLost, Job, new_broker
from linda_core.conformance.proxy import Proxy, Way
from tests.adapters.redis.conftest import commands_at
from tests.servers.server import Server
from tests.servers.waiting import wait_until


@pytest.fixture
def full(private_redis: Callable[..., Server]) -> Iterator[Broker]:
    """Ten jobs are reserved, ten ready and ten delayed, and no memory is left."""
    server = private_redis("--appendonly", "yes", "--maxmemory-policy", "noeviction")
    with new_broker(server.url) as broker:
        broker.push_many([Job(str(number)) for number in range(20)], "q")
        broker.later(0.001, Job("delayed"), "q")
        for command in commands_at(server.url):
            command("CONFIG", "SET", "maxmemory", "1")
            yield broker


@pytest.fixture
def held(full: Broker) -> list[Job]:
    return full.pop_many("q", 30, 10)


def test_a_push_is_refused_and_nothing_is_stored(full: Broker) -> None:
    assert wait_until(lambda: full.counts("q").ready == 21, patience=5)
    before = full.counts("q")

    with pytest.raises(BrokerUnavailable, match="out of memory; raise its maxmemory"):
        full.push_many([Job("a"), Job("b")], "q")
    with pytest.raises(BrokerUnavailable, match="out of memory"):
        full.later(60, Job("a"), "q")

    assert full.counts("q") == before


def test_a_refusal_after_a_cut_says_that_nobody_knows(full: Broker) -> None:
    proxy, through = Proxy.before(str(full.url))
    with proxy, new_broker(through) as broker:
        proxy.cut_after(Way.DOWN, 0)

        with pytest.raises(ConnectionLost):
            broker.push(Job("a"), "q")


def test_what_is_there_can_be_taken_and_deleted(full: Broker) -> None:
    taken = 0
    while jobs := full.pop_many("q", 30, 7, wait=0.1):
        full.delete_many("q", jobs)
        taken += len(jobs)

    assert taken == 21
    assert full.queues() == []


def test_what_is_held_can_be_settled_in_every_way(full: Broker, held: list[Job]) -> None:
    full.touch("q", held[0])
    full.release("q", held[1])
    full.release_with_delay("q", held[2], 60)
    full.bury("q", held[3], "a reason")
    assert full.kick("q", 1) == 1
    full.delete("q", held[0])

    counts = full.counts("q")
    assert (counts.delayed, counts.reserved, counts.buried) == (1, 6, 0)
    assert [job.state for job in full.peek("q", "reserved", 99)] == ["reserved"] * 6


def test_what_is_due_comes_back(full: Broker, held: list[Job]) -> None:
    assert len(held) == 10
    full.touch("q", held[0], 0.001)

    assert wait_until(lambda: full.counts("q").ready == 12, patience=5)
    assert full.migrate_expired_jobs("q") <= 2
    assert {"delayed", held[0].name} <= {job.name for job in full.pop_many("q", 30, 99)}
