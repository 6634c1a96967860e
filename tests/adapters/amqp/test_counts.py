"""Counting and purging what AMQP does not show: jobs on the ladder, and jobs in other processes' hands."""

import gc
import random
import threading
import time
from collections.abc import Callable, Generator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import pytest
from pika.channel import Channel

from linda_amqp import holders, survey
from linda_core import Broker, BrokerUnavailable, Job, new_broker
from linda_core.conformance.crime import Victim
from tests.servers.server import Server
from tests.servers.waiting import wait_until


def test_every_survey_sees_all_however_many_look_at_once(
    another: Callable[..., Broker], broker: Broker, queue: str
) -> None:
    dice = random.Random(1)
    for _ in range(100):
        broker.later(dice.uniform(60, 100_000), Job("Later"), queue)
    broker.later(60, Job("Later"), f"{queue}.other")
    brokers = [broker, another(), another()]

    with ThreadPoolExecutor(len(brokers)) as pool:
        seen = [pool.submit(broker.counts, queue) for broker in brokers for _ in range(4)]

    assert {counts.result().delayed for counts in seen} == {100}
    assert broker.counts(f"{queue}.other").delayed == 1
    broker.purge(queue)
    assert (broker.counts(queue).delayed, broker.counts(f"{queue}.other").delayed) == (0, 1)
    broker.purge(f"{queue}.other")


def test_jobs_that_are_counted_all_the_time_come_once_and_never_early(
    another: Callable[..., Broker], broker: Broker, queue: str
) -> None:
    dice = random.Random(2)
    with counting(another(), queue) as counted:
        for number in range(100):
            delay = dice.uniform(0.2, 2)
            broker.later(delay, Job("Later", [number, time.time() + delay]), queue)
        seen: list[int] = []
        while jobs := broker.pop_many(queue, 60, 50, wait=10 if len(seen) < 100 else 0.5):
            assert all(job.args[1] <= time.time() for job in jobs), "a job came before it was due"
            assert {job.attempts for job in jobs} == {1}
            seen += [job.args[0] for job in jobs]
            broker.delete_many(queue, jobs)

    assert sorted(seen) == list(range(100))
    assert counted


@contextmanager
def counting(broker: Broker, queue: str) -> Generator[list[int | None]]:
    """Counts in the background, over and over."""
    over = threading.Event()
    counted: list[int | None] = []

    def count() -> None:
        while not over.is_set():
            counted.append(broker.counts(queue).delayed)

    thread = threading.Thread(target=count)
    thread.start()
    try:
        yield counted
    finally:
        over.set()
        thread.join()


def test_more_than_can_be_looked_at_are_not_counted(
    broker: Broker, queue: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    broker.push_many([Job("Later") for _ in range(4)], queue, delay=60)

    with monkeypatch.context() as patch:
        patch.setattr(survey, "MOST", 3)
        assert broker.counts(queue) == (0, None, 0, 0)
    broker.purge(queue)
    assert broker.counts(queue) == (0, 0, 0, 0)


def test_counting_leaves_no_channel_behind(broker: Broker, queue: str) -> None:
    broker.later(60, Job("Later"), queue)
    broker.counts(queue)
    before = channels()

    for _ in range(5):
        broker.counts(queue)

    assert channels() <= before
    broker.purge(queue)


def channels() -> int:
    """How many there are in this process's memory."""
    gc.collect()
    return sum(isinstance(thing, Channel) for thing in gc.get_objects())


def test_what_a_frozen_process_holds_is_not_known_except_to_the_server(
    ordered_server: Server, management_port: int, queue: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(holders, "PATIENCE", 1.0)
    patient = f"{ordered_server.url}?heartbeat=60"
    with (
        new_broker(ordered_server.url) as broker,
        new_broker(f"{ordered_server.url}?management=http://127.0.0.1:{management_port}") as told,
    ):
        broker.push_many([Job("Held") for _ in range(3)], queue)
        with Victim(patient, queue, "hold", 60) as victim:
            victim.says()
            assert broker.counts(queue) == (2, 0, 1, 0)
            victim.freeze()

            assert broker.counts(queue) == (2, 0, None, 0)
            assert wait_until(lambda: told.counts(queue).reserved == 1, patience=30)
            with pytest.raises(BrokerUnavailable, match="do not say what they hold"):
                broker.purge(queue)


def test_a_process_that_was_killed_holds_nothing(rabbitmq_server: Server, broker: Broker, queue: str) -> None:
    broker.push(Job("Held"), queue)
    with Victim(rabbitmq_server.url, queue, "hold", 60) as victim:
        victim.says()
        victim.kill()

        assert wait_until(lambda: broker.counts(queue) == (1, 0, 0, 0), patience=10)
