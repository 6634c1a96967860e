"""How nsqd's message timeout, which belongs to a connection, becomes the lease of a reservation."""

import asyncio
import time
from collections.abc import Iterator

import pytest

from linda_core import Broker, Job, LeaseLost, LimitExceeded, new_broker
from linda_core.conformance.crime import Victim
from linda_nsq import NsqDriver
from tests.adapters.nsq.addresses import admin_of
from tests.conftest import PrivateServer
from tests.servers.nsqd import DURABLE, nsqd
from tests.servers.server import Server
from tests.servers.waiting import wait_until


@pytest.fixture
def hasty(nsqd_server: Server) -> Iterator[Broker]:
    """Given up after four seconds of silence."""
    with new_broker(f"{nsqd_server.url}&heartbeat=2") as broker:
        yield broker


def taken(broker: Broker, queue: str, lease: float) -> Job:
    job = broker.pop(queue, lease, wait=20)
    assert job is not None
    return job


def test_a_lease_longer_than_the_server_is_patient_is_kept(hasty: Broker, broker: Broker, queue: str) -> None:
    hasty.push(Job("Long"), queue)
    job = taken(hasty, queue, 60)

    assert broker.pop(queue, 60, wait=10) is None, "the job was handed out again while its lease ran"
    hasty.delete(queue, job)


def test_the_jobs_of_the_dead_come_back_long_before_a_long_lease_is_over(
    hasty: Broker, broker: Broker, queue: str
) -> None:
    hasty.push(Job("Orphan"), queue)
    taken(hasty, queue, 600)
    start = time.monotonic()
    hasty.close()

    assert taken(broker, queue, 60).attempts == 2
    assert time.monotonic() - start < 15


def test_a_touch_beyond_the_servers_maximum_is_refused(private_server: PrivateServer) -> None:
    server = private_server(nsqd(*DURABLE, "-max-msg-timeout=12s", "-msg-timeout=5s"))
    with new_broker(server.url) as broker:
        assert broker.limits.hold == broker.limits.lease == 11
        broker.push(Job("Long"), "q")
        job = taken(broker, "q", 6)

        with pytest.raises(LimitExceeded, match="max-msg-timeout"):
            broker.touch("q", job, 11)
        broker.touch("q", job, 7)
        broker.delete("q", job)


def test_what_nobody_asked_for_after_all_goes_to_others_and_is_no_attempt(
    broker: Broker, hasty: Broker, queue: str
) -> None:
    """As where two queues are waited for, one job is wanted, and both have one."""
    driver = hasty._link.driver
    assert isinstance(driver, NsqDriver)
    (server,) = driver._fleet.servers

    async def get_one_too_many() -> None:
        consumer = await server.consumer(queue, 4.0, 1)
        consumer.want(1)
        while not consumer.spare:
            await asyncio.sleep(0)
        server.give_back(consumer)

    hasty.pop("nothing", 60)
    broker.push(Job("Stray"), queue)
    driver._thread.run(get_one_too_many())

    assert taken(broker, queue, 60).attempts == 1


def test_what_came_while_a_process_was_frozen_is_not_its_own_any_more(
    broker: Broker, nsqd_server: Server, queue: str
) -> None:
    """nsqd sends a job to one that is frozen, waits, and gives it to another; the first finds it in its socket."""
    broker.push(Job("First"), queue)
    broker.delete(queue, taken(broker, queue, 60))
    with Victim(nsqd_server.url, queue, "dawdle", 2.0) as victim:
        assert wait_until(lambda: consumers(nsqd_server, queue) == 2, 10)
        victim.freeze()
        broker.push(Job("Second"), queue)
        assert wait_until(lambda: broker.counts(queue).reserved == 1, 10), "the frozen consumer was sent the job"
        job = taken(broker, queue, 60)
        victim.thaw()

        assert victim.says() == "nothing", "a job was handed out that another process holds"
        broker.delete(queue, job)


def consumers(server: Server, queue: str) -> int:
    """How many connections consume `queue`."""
    stats = admin_of(server).web.get("/stats", format="json", topic=queue)
    return sum(channel["client_count"] for topic in stats["topics"] for channel in topic["channels"])


def test_settling_on_a_connection_that_broke_is_a_lost_lease(broker: Broker, queue: str) -> None:
    broker.push(Job("Held"), queue)
    job = taken(broker, queue, 60)
    job._receipt.consumer.close()

    with pytest.raises(LeaseLost):
        broker.delete(queue, job)
