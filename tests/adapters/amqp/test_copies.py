"""Moving a job leaves two of it when the connection breaks in between; this process knows the old one."""

from collections.abc import Sequence
from functools import partial

import pytest

from linda_amqp import AmqpDriver, failures
from linda_amqp.message import Message
from linda_core import Broker, Job


def test_an_original_whose_copy_was_confirmed_does_not_run_again(broker: Broker, queue: str) -> None:
    broker.push(Job("Moved"), queue)
    job = broker.pop(queue, 60, wait=5)
    assert job is not None
    driver = broker._link.driver
    assert isinstance(driver, AmqpDriver)
    client = driver._client

    async def publish_and_break(messages: Sequence[Message]) -> None:
        await client._publish(queue, ("", queue), messages)
        await client.connection.close()

    copy = job._receipt.message.copy(attempts=1)
    with pytest.raises(failures.Cut):
        driver._thread.run(client._copies.move([job._receipt], [copy], publish_and_break))

    again = broker.pop(queue, 60, wait=5)
    assert again is not None
    assert (again.id, again.attempts) == (job.id, 2)
    broker.delete(queue, again)
    assert broker.pop(queue, 60, wait=0.2) is None, "the original ran as well"
    assert broker.counts(queue).ready == 0


def test_a_job_whose_copy_could_not_be_published_is_still_held(broker: Broker, queue: str) -> None:
    broker.push(Job("Kept"), queue)
    job = broker.pop(queue, 60, wait=5)
    assert job is not None
    driver = broker._link.driver
    assert isinstance(driver, AmqpDriver)

    async def fail(messages: Sequence[Message]) -> None:
        raise failures.Blocked(f"no room for {len(messages)}")

    move = partial(driver._client._copies.move, [job._receipt], [job._receipt.message])
    with pytest.raises(failures.Blocked):
        driver._thread.run(move(fail))

    broker.delete(queue, job)
