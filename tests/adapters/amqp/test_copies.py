"""Moving a job leaves two of it when the connection breaks in between; whoever gets both knows them."""

import time
from collections.abc import Callable, Sequence
from functools import partial

import pytest

from linda_amqp import AmqpDriver, failures, ladder, names
from linda_amqp.message import Message
from linda_core import Broker, Job


def move_and_break(broker: Broker, queue: str, job: Job) -> None:
    """Leaves the job twice: the copy is published, and the original not removed."""
    driver = broker._link.driver
    assert isinstance(driver, AmqpDriver)
    client = driver._client

    async def publish_and_break(messages: Sequence[Message]) -> None:
        await client._publish(queue, ("", queue), messages)
        await client.connection.close()

    copy = job._receipt.message.copy(attempts=job.attempts)
    with pytest.raises(failures.Cut):
        driver._thread.run(client._copies.move([job._receipt], [copy], publish_and_break))


def taken(broker: Broker, queue: str) -> Job:
    job = broker.pop(queue, 60, wait=5)
    assert job is not None
    return job


def test_an_original_whose_copy_was_confirmed_does_not_run_again(broker: Broker, queue: str) -> None:
    broker.push(Job("Moved"), queue)
    job = taken(broker, queue)
    move_and_break(broker, queue, job)

    again = taken(broker, queue)
    assert (again.id, again.attempts) == (job.id, 2)
    broker.delete(queue, again)
    assert broker.pop(queue, 60, wait=0.2) is None, "the original ran as well"
    assert broker.counts(queue).ready == 0


@pytest.mark.parametrize("fate", ["held", "deleted"])
def test_another_process_that_gets_both_runs_one(
    broker: Broker, another: Callable[..., Broker], queue: str, fate: str
) -> None:
    """Even where the one that it gets second has been in more hands."""
    broker.push(Job("Moved"), queue)
    move_and_break(broker, queue, taken(broker, queue))
    third, other = another(), another()
    third.release(queue, taken(third, queue))
    job = taken(other, queue)
    if fate == "deleted":
        other.delete(queue, job)

    assert other.pop(queue, 60, wait=0.3) is None, f"a job that is {fate} was handed out as well"
    assert other.counts(queue).ready == 0


def test_what_is_left_of_a_job_that_went_on_does_not_run(
    broker: Broker, another: Callable[..., Broker], queue: str
) -> None:
    broker.push(Job("Moved"), queue)
    move_and_break(broker, queue, taken(broker, queue))
    other = another()
    first = taken(other, queue)
    other.release_with_delay(queue, first, 0.5)

    second = taken(other, queue)
    assert (second.id, second.attempts) == (first.id, 3), "the one left over was handed out"


def test_what_a_crash_of_the_server_has_doubled_on_the_ladder_runs_once(broker: Broker, queue: str) -> None:
    driver = broker._link.driver
    assert isinstance(driver, AmqpDriver)
    broker.push(Job("Model"), queue)
    model = taken(broker, queue)
    doubled = model._receipt.message.delayed(time.time() + 0.05)
    for _ in range(2):
        driver._thread.run(driver._client._publish(queue, ladder.route(0.05, names.word(queue)), [doubled]))
    broker.delete(queue, model)

    broker.delete(queue, taken(broker, queue))

    assert broker.pop(queue, 60, wait=0.5) is None, "it ran a second time"


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
