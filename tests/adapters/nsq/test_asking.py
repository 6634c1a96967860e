"""How many messages nsqd is asked for, and when we believe that none is ready."""

import time

import pytest

from linda_core import Broker, Job, new_broker
from linda_core.conformance.background import Background
from linda_nsq import keeper, names
from tests.adapters.nsq.addresses import admin_of
from tests.conftest import PrivateServer
from tests.servers.nsqd import nsqd
from tests.servers.server import Server


def taken(broker: Broker, queues: str | list[str]) -> Job:
    job = broker.pop(queues, 60, wait=20)
    assert job is not None
    return job


@pytest.mark.parametrize("held", [0, 3])
def test_a_lone_job_does_not_wait_until_others_fill_nsqds_buffer(broker: Broker, queue: str, held: int) -> None:
    """nsqd writes at once what it was asked for last, also when jobs that were held are settled meanwhile."""
    for _ in range(4):
        broker.push_many([Job("Held") for _ in range(held)], queue)
        jobs = [taken(broker, queue) for _ in range(held)]
        waiting = Background(lambda: broker.pop_many(queue, 60, 100, wait=20))
        waiting.pause()
        broker.delete_many(queue, jobs)
        start = time.monotonic()
        broker.push(Job("Lone"), queue)

        (job,) = waiting.result("the job did not come")
        assert time.monotonic() - start < 0.08, "it came when nsqd looked at its buffers, which is 4 times a second"
        broker.delete(queue, job)


def test_what_is_settled_meanwhile_lets_no_more_jobs_come_than_asked(broker: Broker, queue: str) -> None:
    broker.push_many([Job("Held") for _ in range(3)], queue)
    jobs = [taken(broker, queue) for _ in range(3)]
    waiting = Background(lambda: broker.pop(queue, 60, wait=20))
    waiting.pause()
    broker.delete_many(queue, jobs)
    broker.push_many([Job("Next") for _ in range(4)], queue)
    assert waiting.result("no job came")

    assert broker.counts(queue).reserved == 1


def test_a_server_that_takes_its_time_still_serves_earlier_queues_first(private_server: PrivateServer) -> None:
    """What it has accepted is in the topic, and may be on its way to the channel."""
    server = private_server(nsqd())
    with new_broker(server.url) as broker:
        assert broker.pop(["first", "second"], 60) is None
        broker.push(Job("Second"), "second")
        for _ in range(3):
            broker.push(Job("First"), "first")
            server.pause()
            waiting = Background(lambda: broker.pop(["first", "second"], 60))
            waiting.pause()
            server.resume()

            job = waiting.result("no job came")
            assert job
            assert job.name == "First"
            broker.delete("first", job)


@pytest.mark.parametrize("paused", ["topic", "channel"])
def test_a_queue_that_was_paused_holds_up_no_other(
    broker: Broker, nsqd_server: Server, queue: str, paused: str
) -> None:
    later = f"{queue}.later"
    assert broker.pop([queue, later], 60) is None
    channel = {"channel": names.CHANNEL} if paused == "channel" else {}
    admin_of(nsqd_server).web.post(f"/{paused}/pause", topic=queue, **channel)
    broker.push(Job("Paused"), queue)
    for _ in range(3):
        broker.push(Job("Later"), later)
        start = time.monotonic()
        assert taken(broker, [queue, later]).queue == later
        assert time.monotonic() - start < 0.2

    admin_of(nsqd_server).web.post(f"/{paused}/unpause", topic=queue, **channel)
    assert taken(broker, [queue, later]).queue == queue


def test_more_jobs_are_due_at_once_than_a_process_has_at_hand(broker: Broker, queue: str) -> None:
    left = 2 * keeper._AT_HAND
    broker.push_many([Job("Due") for _ in range(left)], queue, delay=0.2)
    while left:
        batch = broker.pop_many(queue, 60, 1000, wait=10)
        assert batch, f"{left} jobs that were due did not come"
        broker.delete_many(queue, batch)
        left -= len(batch)
