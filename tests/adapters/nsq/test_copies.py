"""Moving a job leaves two of it when the connection breaks in between; whoever gets both knows them."""

from collections.abc import Sequence

import pytest

from linda_core import Broker, Job, new_broker
from linda_nsq import NsqDriver, failures, names
from linda_nsq.client import Client
from linda_nsq.message import Message
from tests.servers.server import Server


def client_of(broker: Broker) -> tuple[NsqDriver, Client]:
    driver = broker._link.driver
    assert isinstance(driver, NsqDriver)
    return driver, driver._client


def move_and_break(broker: Broker, queue: str, job: Job) -> None:
    """Leaves the job twice: the copy is published, and the original not removed."""
    driver, client = client_of(broker)

    async def publish_and_break(messages: Sequence[Message]) -> None:
        await client._fleet.publish(queue, names.work(queue), messages)
        job._receipt.consumer.close()

    with pytest.raises(failures.Cut):
        driver._thread.run(client._copies.move([job._receipt], [job._receipt.copy()], publish_and_break))


def taken(broker: Broker, queue: str, lease: float = 60) -> Job:
    job = broker.pop(queue, lease, wait=20)
    assert job is not None
    return job


def test_an_original_whose_copy_was_confirmed_does_not_run_again(broker: Broker, queue: str) -> None:
    broker.push(Job("Moved"), queue)
    job = taken(broker, queue, 2)
    move_and_break(broker, queue, job)

    again = taken(broker, queue)
    assert (again.id, again.attempts) == (job.id, 2)
    broker.delete(queue, again)
    assert broker.pop(queue, 60, wait=8) is None, "the original ran as well"
    assert broker.counts(queue) == (0, 0, 0, 0)


@pytest.mark.parametrize("fate", ["held", "deleted"])
def test_another_process_that_gets_both_runs_one(broker: Broker, nsqd_server: Server, queue: str, fate: str) -> None:
    broker.push(Job("Moved"), queue)
    move_and_break(broker, queue, taken(broker, queue, 2))
    with new_broker(nsqd_server.url) as other:
        job = taken(other, queue)
        if fate == "deleted":
            other.delete(queue, job)

        assert other.pop(queue, 60, wait=8) is None, f"a job that is {fate} was handed out as well"


def test_a_second_push_of_an_id_is_another_job(broker: Broker, queue: str) -> None:
    for _ in range(2):
        broker.push(Job("Twin", id="the-same"), queue)
    twins = [taken(broker, queue), taken(broker, queue)]
    broker.release_many(queue, twins, delay=0.05)

    again = [taken(broker, queue), taken(broker, queue)]
    broker.delete(queue, again[0])
    broker.release(queue, again[1])
    assert taken(broker, queue).attempts == 3


def test_a_job_whose_copy_could_not_be_published_is_still_held(broker: Broker, queue: str) -> None:
    broker.push(Job("Kept"), queue)
    job = taken(broker, queue)
    driver, client = client_of(broker)

    async def fail(messages: Sequence[Message]) -> None:
        raise failures.Unreachable(f"no room for {len(messages)}")

    with pytest.raises(failures.Unreachable):
        driver._thread.run(client._copies.move([job._receipt], [job._receipt.message], fail))

    broker.delete(queue, job)


def test_nsqd_whose_count_has_16_bits_counts_no_releases(broker: Broker, queue: str) -> None:
    broker.push(Job("Restless"), queue)
    for attempts in (1, 2, 3):
        job = taken(broker, queue)
        assert (job.attempts, job._receipt.message.attempts) == (attempts, attempts - 1)
        broker.release(queue, job)
