"""Attempts are right, and no number of them makes the server drop a job."""

import random
import threading
from collections import Counter
from collections.abc import Callable
from contextlib import suppress

import pika
import pytest

from linda_amqp import names
from linda_core import Broker, BrokerUnavailable, ConnectionLost, Job, new_broker
from linda_core.conformance.crime import Victim
from linda_core.conformance.wire import CALLS_TO_HEAL
from tests.conftest import PrivateServer
from tests.servers.rabbitmq import rabbitmq
from tests.servers.server import Server
from tests.servers.waiting import wait_until

#: More than the 20 after which RabbitMQ 4 drops what comes back, unless told otherwise.
OFTEN = 26

#: Lets a job go in one of the ways there are, after it was handed out for 60 seconds.
LetGo = Callable[[Broker, str, Job], None]


def release(broker: Broker, queue: str, job: Job) -> None:
    broker.release(queue, job)


def outlive(broker: Broker, queue: str, job: Job) -> None:
    broker.touch(queue, job, 0.01)


@pytest.mark.parametrize("let_go", [release, outlive])
def test_a_job_that_comes_back_often_is_still_there(broker: Broker, queue: str, let_go: LetGo) -> None:
    broker.push(Job("Stubborn"), queue)

    for attempt in range(1, OFTEN + 1):
        job = broker.pop(queue, 60, wait=5)
        assert job is not None, f"it was gone after {attempt - 1} attempts"
        assert job.attempts == attempt
        let_go(broker, queue, job)


def test_a_job_whose_workers_die_often_is_still_there(rabbitmq_server: Server, broker: Broker, queue: str) -> None:
    poison = Job("Poison")
    broker.push(poison, queue)

    for _ in range(OFTEN):
        with Victim(rabbitmq_server.url, queue, "hold", 60) as victim:
            assert victim.says() == poison.id
            victim.kill()

    job = broker.pop(queue, 60, wait=5)
    assert job is not None
    assert job.attempts == OFTEN + 1


def test_attempts_are_right_whatever_the_job_and_the_server_have_been_through(
    private_server: PrivateServer, queue: str
) -> None:
    server = private_server(rabbitmq())

    def die(broker: Broker, queue: str, job: Job) -> None:
        broker.release(queue, job)
        with Victim(server.url, queue, "hold", 60) as victim:
            victim.says()

    def crash(*_: object) -> None:
        server.kill()
        server.start()

    def bury(broker: Broker, queue: str, job: Job) -> None:
        broker.bury(queue, job)
        assert broker.kick(queue, 1) == 1

    def delay(broker: Broker, queue: str, job: Job) -> None:
        broker.release_with_delay(queue, job, 0.05)

    ways: list[LetGo] = [release, delay, outlive, release, crash, die, bury, crash, delay]
    attempts = 1
    with new_broker(server.url) as broker:
        broker.push(Job("Tried"), queue)
        for let_go in ways:
            job = popped(broker, queue)
            assert job.attempts == attempts, f"before {let_go}"
            let_go(broker, queue, job)
            attempts += 1 + (let_go is die)

        assert popped(broker, queue).attempts == attempts


def popped(broker: Broker, queue: str) -> Job:
    """The job, even though the connection broke when the server did."""
    for _ in range(CALLS_TO_HEAL):
        with suppress(ConnectionLost, BrokerUnavailable):
            job = broker.pop(queue, 60, wait=15)
            assert job is not None
            return job
    raise AssertionError("the broker does not heal")


def test_jobs_that_arrive_while_somebody_looks_count_once(
    broker: Broker, another: Callable[..., Broker], queue: str
) -> None:
    """The server counts what it takes back from a consumer that is cancelled: none may be on its way then."""
    dice = random.Random(3)
    looker = another()
    looker.pop(queue, 1)

    def push() -> None:
        for _ in range(300):
            broker.push(Job("Racing"), queue)
            threading.Event().wait(dice.uniform(0, 0.003))

    pushing = threading.Thread(target=push)
    pushing.start()
    attempts: Counter[int] = Counter()
    while attempts.total() < 300:
        jobs = looker.pop_many(queue, 60, 10)
        attempts.update(job.attempts for job in jobs)
        looker.delete_many(queue, jobs)
    pushing.join()

    assert attempts == {1: 300}


def test_what_nobody_waits_for_any_more_goes_to_another_uncounted(
    broker: Broker, another: Callable[..., Broker], queue: str
) -> None:
    waiter = another()
    assert waiter.pop(queue, 60, wait=0.05) is None
    broker.push(Job("Late"), queue)  # comes to the waiter, who has gone

    job = broker.pop(queue, 60, wait=5)

    assert job is not None
    assert job.attempts == 1
    broker.delete(queue, job)


def test_what_comes_back_from_a_kick_that_was_cut_off_counts_no_attempt(
    rabbitmq_server: Server, broker: Broker, queue: str
) -> None:
    broker.push(Job("Kicked"), queue)
    job = broker.pop(queue, 60, wait=5)
    assert job is not None
    broker.bury(queue, job, "broken")
    for _ in range(2):
        with pika.BlockingConnection(pika.URLParameters(rabbitmq_server.url)) as connection:
            assert connection.channel().basic_get(names.buried(queue))[0]

    assert wait_until(lambda: broker.kick(queue, 1) == 1, patience=5)

    job = broker.pop(queue, 60, wait=5)
    assert job is not None
    assert job.attempts == 2
    broker.delete(queue, job)
