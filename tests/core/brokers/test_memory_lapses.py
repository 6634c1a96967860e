"""How often in a row a job of memory:// came back by a lease that ran out."""

from collections.abc import Callable

import pytest

from linda_core import Broker, Job
from linda_core.clock import ManualClock

QUEUE = "work"
LEASE = 30.0


@pytest.fixture
def take(broker: Broker) -> Callable[[], Job]:
    broker.push(Job("Unlucky"), QUEUE)

    def take() -> Job:
        (job,) = broker.pop_many(QUEUE, LEASE, 1)
        return job

    return take


def test_a_job_that_was_never_handed_out_has_none(take: Callable[[], Job]) -> None:
    assert take().lapses == 0


def test_each_lease_that_runs_out_is_one(take: Callable[[], Job], clock: ManualClock) -> None:
    for lapses in range(4):
        job = take()
        clock.advance(LEASE)
        assert (job.lapses, job.attempts) == (lapses, lapses + 1)


def test_a_renewal_does_not_make_up_for_earlier_ones(
    take: Callable[[], Job], broker: Broker, clock: ManualClock
) -> None:
    take()
    clock.advance(LEASE)
    broker.touch(QUEUE, take())
    clock.advance(LEASE)

    assert take().lapses == 2


@pytest.mark.parametrize("delay", [0, 10])
def test_a_release_ends_the_row(take: Callable[[], Job], broker: Broker, clock: ManualClock, delay: float) -> None:
    take()
    clock.advance(LEASE)
    broker.release_with_delay(QUEUE, take(), delay)
    clock.advance(delay)

    assert take().lapses == 0


def test_burying_ends_the_row(take: Callable[[], Job], broker: Broker, clock: ManualClock) -> None:
    take()
    clock.advance(LEASE)
    broker.bury(QUEUE, take())
    broker.kick(QUEUE, 1)

    assert take().lapses == 0
