"""Attempts are right, and no number of them makes the server drop a job."""

import random
import threading
from collections import Counter
from collections.abc import Callable

import pika

from linda_amqp import names
from linda_core import Broker, Job
from tests.servers.server import Server
from tests.servers.waiting import wait_until


def test_a_job_that_came_back_thirty_times_is_still_there(broker: Broker, queue: str) -> None:
    broker.push(Job("Stubborn"), queue)

    for attempt in range(1, 31):
        job = broker.pop(queue, 60, wait=5)
        assert job is not None, f"it was gone after {attempt - 1} releases"
        assert job.attempts == attempt
        broker.release(queue, job)


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
