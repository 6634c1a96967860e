"""What a killed server forgot is counted again, by whoever comes first, and exactly once."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import greenstalk
import pytest

from linda_beanstalk.guards import patrol
from linda_core import Broker, BrokerUnavailable, Job, new_broker
from linda_core.clock import SYSTEM_CLOCK, ManualClock
from tests.adapters.beanstalk.conftest import client_at, connection_at, hold, take_over
from tests.conftest import PrivateServer
from tests.servers.beanstalkd import beanstalkd
from tests.servers.server import Server

QUEUE = "counted"


@pytest.fixture
def server(private_server: PrivateServer) -> Server:
    return private_server(beanstalkd())


@pytest.fixture
def killed(server: Server) -> Callable[[], None]:
    def kill() -> None:
        server.kill()
        server.start()

    return kill


def test_everybody_who_comes_back_at_once_counts_the_same(server: Server, killed: Callable[[], None]) -> None:
    brokers = [new_broker(server.url) for _ in range(8)]
    brokers[0].push_many([Job("Counted", [number]) for number in range(80)], QUEUE)
    for attempt in (1, 2, 3):
        jobs = _ten_each(brokers)
        assert {job.attempts for job in jobs} == {attempt}
        assert {job.args[0] for job in jobs} == set(range(80))
        killed()

    assert {job.attempts for job in _ten_each(brokers)} == {4}
    for broker in brokers:
        broker.close()


def test_the_dead_are_counted_although_a_patrol_came_by(server: Server, killed: Callable[[], None]) -> None:
    with new_broker(server.url) as broker, new_broker(server.url) as dead:
        broker.push(Job("Counted"), QUEUE)
        assert dead.pop(QUEUE, 60)
        dead.close()
        with _guards(server) as guards:
            guards.kick(10)
        _patrol(server)
        killed()

        assert _attempts(broker) == 2


def test_what_was_lost_to_the_server_is_counted_after_its_holder_has_settled_the_rest(
    server: Server, killed: Callable[[], None]
) -> None:
    with client_at(server.url, QUEUE) as client:
        client.put(b'{"payload": {"class": "Counted"}}', ttr=1)
        connection = connection_at(server.url, ManualClock())
        (lost,) = hold(connection, QUEUE, 600)
        take_over(client, connection)
        assert connection.settle(QUEUE, [lost], lambda each: b"delete %d\r\n" % each.id, b"DELETED") == set()
        connection.facts([lost.id])  # all it had to say has been heard
        connection.close()
    killed()

    with new_broker(server.url) as broker:
        assert _attempts(broker) == 2


def test_a_note_goes_when_its_jobs_are_gone(server: Server) -> None:
    with new_broker(server.url) as broker, new_broker(server.url) as dead:
        broker.push(Job("Counted"), QUEUE)
        assert dead.pop(QUEUE, 60)
        dead.close()
        assert broker.pop(QUEUE, 0)
        with _guards(server) as guards:
            assert guards.kick(10) == 1
            _patrol(server)

            with pytest.raises(greenstalk.NotFoundError):
                guards.peek_delayed()


def test_who_dies_while_counting_counts_nothing_twice_and_forgets_nothing(
    server: Server, killed: Callable[[], None]
) -> None:
    with new_broker(server.url) as broker:
        broker.push(Job("Counted"), QUEUE)
        assert broker.pop(QUEUE, 60)
        tube = _tube(server)
        killed()
        with client_at(server.url, tube) as dies:
            dies.kick(10)
            dies.reserve(timeout=1)
            dies.watch(QUEUE)
            dies.reserve(timeout=1)  # counted, and not yet written

        with new_broker(server.url):  # has nothing to count
            killed()
        assert _attempts(broker) == 2


def test_nobody_takes_a_job_while_another_counts(server: Server, killed: Callable[[], None]) -> None:
    with new_broker(server.url) as broker:
        broker.push_many([Job("Counted") for _ in range(2)], QUEUE)
        for _ in range(2):
            assert broker.pop(QUEUE, 60)
        tube = _tube(server)
        killed()
        with client_at(server.url, tube) as counts:
            counts.kick(10)
            counts.reserve(timeout=1)
            with pytest.raises(BrokerUnavailable, match="counting"):
                new_broker(f"{server.url}?patience=0.2")
            assert counts.stats_tube(tube)["current-jobs-ready"] == 1, "two have counted at once"

        assert [_attempts(broker) for _ in range(2)] == [2, 2]


def _ten_each(brokers: list[Broker]) -> list[Job]:
    with ThreadPoolExecutor(len(brokers)) as threads:
        pops = [threads.submit(broker.pop_many, QUEUE, 600, 10, wait=10) for broker in brokers]
    return [job for pop in pops for job in pop.result()]


def _attempts(broker: Broker) -> int:
    job = broker.pop(QUEUE, 60, wait=10)
    assert job
    return job.attempts


def _guards(server: Server) -> "greenstalk.Client[bytes]":
    return client_at(server.url, _tube(server))


def _tube(server: Server) -> str:
    with client_at(server.url, "default") as client:
        return f"$guards;{client.stats()['id']}"


def _patrol(server: Server) -> None:
    connection = connection_at(server.url, SYSTEM_CLOCK)
    patrol(connection)
    connection.close()
