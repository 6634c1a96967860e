"""Holding jobs: in many threads at once, for as long as asked, and no longer."""

from concurrent.futures import ThreadPoolExecutor
from time import sleep

import pytest

from linda_core import Broker, Job, LeaseLost, new_broker
from linda_core.conformance.crime import Victim
from tests.adapters.beanstalk.conftest import Connect, client_at
from tests.conftest import PrivateServer
from tests.servers.beanstalkd import beanstalkd
from tests.servers.server import Server


def test_ten_threads_hold_many_jobs_at_once(beanstalkd_server: Server, other: Broker, queue: str) -> None:
    jobs = [Job("Held") for _ in range(1000)]
    broker = new_broker(beanstalkd_server.url)
    broker.push_many(jobs, queue)

    with ThreadPoolExecutor(10) as threads:
        pops = [threads.submit(broker.pop_many, queue, 60, 100) for _ in range(10)]
    batches = [pop.result() for pop in pops]
    assert {job.id for batch in batches for job in batch} == {job.id for job in jobs}
    assert other.counts(queue).reserved == 1000

    with ThreadPoolExecutor(10) as threads:
        deletes = [threads.submit(broker.delete_many, queue, mixed) for mixed in zip(*batches, strict=True)]
    for delete in deletes:
        delete.result()
    broker.close()
    assert other.counts(queue) == (0, 0, 0, 0)


def test_waiting_does_not_spin_while_jobs_near_their_ttr_are_held(private_server: PrivateServer) -> None:
    url = private_server(beanstalkd()).url
    with new_broker(f"{url}?ttr=1") as broker, client_at(url, "other") as client:
        broker.push_many([Job("Held") for _ in range(3)], "held")
        held = broker.pop_many("held", 600, 3)
        sleep(0.5)
        before = client.stats()["cmd-reserve-with-timeout"]

        assert broker.pop("empty", 60, wait=2) is None

        assert client.stats()["cmd-reserve-with-timeout"] - before <= 4  # two looks at guards among them
        broker.delete_many("held", held)


def test_a_frozen_holder_loses_its_job_after_the_ttr_however_long_its_lease(
    broker: Broker, url: str, queue: str
) -> None:
    broker.push(Job("Frozen"), queue)
    with Victim(url, queue, "dawdle", 600) as victim:
        held = victim.says()
        assert broker.pop(queue, 60, wait=2) is None, "a holder that runs keeps its job beyond the TTR"
        victim.freeze()
        back = broker.pop(queue, 60, wait=10)
        victim.thaw()
        victim.hears("delete it now")

        assert back
        assert back.id == held
        assert victim.says() == "lost"
        broker.delete(queue, back)


def test_connections_are_used_again(broker: Broker, queue: str, foreign: Connect) -> None:
    before = foreign().stats()["total-connections"]
    for _ in range(50):
        broker.push(Job("Quick"), queue)
        job = broker.pop(queue, 60)
        assert job
        broker.delete(queue, job)

    assert foreign().stats()["total-connections"] - before <= 3  # two of them are this test's own


def test_what_another_program_deleted_under_its_holder_is_lost_to_it(
    broker: Broker, queue: str, foreign: Connect
) -> None:
    broker.push(Job("Ours"), queue)
    job = broker.pop(queue, 60)
    assert job
    broker.release(queue, job)
    client = foreign()
    client.delete(client.peek_ready())

    with pytest.raises(LeaseLost):
        broker.delete(queue, job)
    assert broker.pop(queue, 60) is None
