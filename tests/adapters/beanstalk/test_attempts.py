"""Attempts are exact also after the server was killed, although its binlog learns of them only now and then."""

from collections.abc import Callable, Iterator

import pytest

from linda_core import Broker, Job, new_broker
from tests.adapters.beanstalk.conftest import client_at
from tests.conftest import PrivateServer
from tests.servers.beanstalkd import beanstalkd
from tests.servers.server import Server

QUEUE = "tried"


@pytest.fixture
def server(private_server: PrivateServer) -> Server:
    return private_server(beanstalkd())


@pytest.fixture
def take(server: Server) -> Iterator[Callable[[], tuple[Broker, Job]]]:
    """Hands the one job out, to a broker of its own."""
    brokers: list[Broker] = []

    def take() -> tuple[Broker, Job]:
        brokers.append(new_broker(f"{server.url}?ttr=1"))
        if len(brokers) == 1:
            brokers[0].push(Job("Tried"), QUEUE)
        job = brokers[-1].pop(QUEUE, 1, wait=10)
        assert job
        return brokers[-1], job

    yield take
    for broker in brokers:
        broker.close()


def test_releases_without_delay_count(server: Server, take: Callable[[], tuple[Broker, Job]]) -> None:
    for _ in range(3):
        broker, job = take()
        broker.release(QUEUE, job)
    _restart(server)

    assert take()[1].attempts == 4


def test_holding_counts_over_kill_after_kill(server: Server, take: Callable[[], tuple[Broker, Job]]) -> None:
    for attempt in (1, 2, 3):
        assert take()[1].attempts == attempt
        _restart(server)

    assert take()[1].attempts == 4


def test_a_lease_that_ran_out_counts(server: Server, take: Callable[[], tuple[Broker, Job]]) -> None:
    take()
    take()
    _restart(server)

    assert take()[1].attempts == 3


def test_a_connection_that_ended_counts(server: Server, take: Callable[[], tuple[Broker, Job]]) -> None:
    for _ in range(2):
        take()[0].close()
    _restart(server)

    assert take()[1].attempts == 3


def test_a_delay_and_a_burial_count(server: Server, take: Callable[[], tuple[Broker, Job]]) -> None:
    broker, job = take()
    broker.release_with_delay(QUEUE, job, 1)
    broker, job = take()
    broker.bury(QUEUE, job, "why")
    _restart(server)
    broker.kick(QUEUE, 1)

    assert take()[1].attempts == 3


def test_what_was_taken_but_not_written_down_counts_once(
    server: Server, take: Callable[[], tuple[Broker, Job]]
) -> None:
    broker, job = take()
    broker.release(QUEUE, job)
    with client_at(server.url, QUEUE) as died_at_once:
        died_at_once.reserve(timeout=1)

    broker, job = take()
    assert job.attempts == 3
    broker.release(QUEUE, job)
    assert take()[1].attempts == 4


def test_without_a_binlog_a_job_is_reserved_once_for_each_attempt(private_server: PrivateServer) -> None:
    server = private_server(beanstalkd(logged=False))
    with new_broker(server.url) as broker, client_at(server.url, QUEUE) as client:
        broker.push(Job("Tried"), QUEUE)
        for attempt in (1, 2, 3):
            job = broker.pop(QUEUE, 60)
            assert job
            assert job.attempts == attempt
            broker.release(QUEUE, job)

        assert client.stats_job(client.peek_ready())["reserves"] == 3


def _restart(server: Server) -> None:
    server.kill()
    server.start()
