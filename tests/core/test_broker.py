"""What users hold: checks first, chunks inside, and nothing taken is forgotten."""

from collections.abc import Sequence
from typing import Any

import pytest

from linda_core.broker import Broker, new_broker
from linda_core.brokers.memory import MemoryDriver, Receipt
from linda_core.capabilities import Limits
from linda_core.clock import ManualClock
from linda_core.driver import Buries, Delivery, Tallies
from linda_core.errors import (
    BrokerClosed,
    ConnectionLost,
    EncodeError,
    InvalidArgument,
    LeaseLost,
    LimitExceeded,
    UnknownScheme,
    Unsupported,
)
from linda_core.job import Job
from linda_core.lifecycle import State
from linda_core.registry import register_broker
from tests.core.drivers import Bare, Broken


class Small(MemoryDriver):
    """Takes two jobs at a time, and forty bytes beyond an envelope's; fails at the calls it is told to."""

    limits = Limits(batch=2, body=150)
    errors = {Broken: ConnectionLost}  # noqa: RUF012 - as adapters declare it

    def __init__(self, *arguments: Any) -> None:
        super().__init__(*arguments)
        self.reserves = 0
        self.on_reserve: dict[int, Any] = {}

    def reserve(self, queues: Sequence[str], limit: int, lease: float, wait: float) -> Sequence[Delivery[Receipt]]:
        assert limit <= 2
        self.reserves += 1
        self.on_reserve.get(self.reserves, lambda: None)()
        return super().reserve(queues, limit, lease, wait)


@pytest.fixture
def small(clock: ManualClock) -> Broker:
    register_broker("small", Small)
    return Broker("small://", clock=clock)


def driver_of(broker: Broker) -> Any:
    return broker._link.driver


def ids(jobs: list[Job]) -> list[str]:
    return [job.id for job in jobs]


def numbered(number: int) -> list[Job]:
    return [Job("count", id=str(index)) for index in range(number)]


def lose_the_connection() -> None:
    raise Broken("cut")


def test_a_broker_is_made_by_its_url() -> None:
    with new_broker("memory://") as one, Broker.connect("memory://") as other:
        assert repr(one) == repr(other) == "<Broker memory://>"
        assert (one.server, one.supports(Buries)) == ("memory", True)
    with pytest.raises(UnknownScheme):
        new_broker("nowhere://")


def test_what_a_program_requires_is_there_or_it_does_not_start() -> None:
    register_broker("bare", Bare)

    new_broker("memory://", require=[Buries, Tallies]).close()
    with pytest.raises(Unsupported, match="bare:// has no ability 'Buries', which this program requires"):
        new_broker("bare://", require=[Buries])


def test_a_pushed_job_knows_where_it_is(broker: Broker) -> None:
    now, later = Job("count"), Job("count")
    broker.push(now, "a")
    broker.later(5, later, "a")

    assert (now.queue, now.state, later.state) == ("a", State.READY, State.DELAYED)


def test_a_running_job_pushed_elsewhere_is_still_held(broker: Broker) -> None:
    broker.push(Job("count"), "a")
    job = broker.pop("a", 60)
    assert job is not None

    broker.push(job, "b")

    assert (job.queue, job.state) == ("a", State.RESERVED)
    broker.delete("a", job)
    assert broker.counts("b").ready == 1


def test_nothing_is_pushed_if_one_job_cannot_be(small: Broker) -> None:
    with pytest.raises(LimitExceeded, match=r"job 9 is \d+ bytes"):
        small.push_many([*numbered(3), Job("count", ["x" * 200], id="9")], "a")
    with pytest.raises(EncodeError):
        small.push_many([*numbered(3), Job("count", [object()])], "a")

    assert small.counts("a").ready == 0


def test_bad_arguments_are_refused_before_any_call(small: Broker) -> None:
    small.close()  # any call would say that it is closed
    job = Job("count")

    for call in (
        lambda: small.push(job, ""),
        lambda: small.later(-1, job, "a"),
        lambda: small.push(job, "a", priority=-1),
        lambda: small.pop("a", -1),
        lambda: small.pop("a", 60, wait=-1),
        lambda: small.pop_many([], 60, 1),
        lambda: small.pop_many("a", 60, 0),
        lambda: small.release_with_delay("a", job, -1),
        lambda: small.touch("a", job, 0),
        lambda: small.kick("a", 0),
        lambda: small.peek("a", "gone", 1),
        lambda: small.counts(""),
        lambda: small.purge(""),
        lambda: small.migrate_expired_jobs(""),
    ):
        with pytest.raises(InvalidArgument):
            call()


def test_many_jobs_go_in_and_out_in_the_driver_s_portions(small: Broker) -> None:
    small.push_many(numbered(5), "a")

    jobs = small.pop_many("a", 60, 5)

    assert ids(jobs) == ["0", "1", "2", "3", "4"]
    assert driver_of(small).reserves == 3
    small.touch_many("a", jobs, 30)
    small.delete_many("a", jobs)
    assert small.counts("a") == (0, 0, 0, 0)


def test_a_pop_asks_no_more_once_the_queue_gave_less_than_wanted(small: Broker) -> None:
    small.push_many(numbered(3), "a")

    assert len(small.pop_many("a", 60, 10)) == 3
    assert driver_of(small).reserves == 2


@pytest.mark.parametrize("lease", [0, 60])
def test_what_was_taken_reaches_the_caller_though_the_connection_breaks(small: Broker, lease: float) -> None:
    small.push_many(numbered(4), "a")
    driver_of(small).on_reserve[2] = lose_the_connection

    assert ids(small.pop_many("a", lease, 4)) == ["0", "1"]
    assert ids(small.pop_many("a", lease, 4)) == ["2", "3"]


def test_if_nothing_was_taken_the_break_is_raised(small: Broker) -> None:
    driver_of(small).on_reserve[1] = lose_the_connection

    with pytest.raises(ConnectionLost, match=r"small://: pop from 'a', 'b': cut"):
        small.pop(["a", "b"], 60)


def test_what_was_taken_reaches_the_caller_though_the_broker_is_closed(small: Broker, clock: ManualClock) -> None:
    small.push_many(numbered(4), "a")
    link = small._link
    driver_of(small).on_reserve[2] = lambda: setattr(link, "closed", True)

    assert ids(small.pop_many("a", 0, 4)) == ["0", "1"]
    with Broker("small://", clock=clock) as other:
        assert ids(other.pop_many("a", 60, 4)) == ["2", "3"]
    with pytest.raises(BrokerClosed):
        small.pop_many("a", 0, 4)


def test_a_pop_for_good_leaves_nothing(broker: Broker) -> None:
    broker.push(Job("count"), "a")

    job = broker.pop("a", 0)

    assert job is not None
    assert (job.state, job.deadline) == (None, None)
    assert broker.counts("a") == (0, 0, 0, 0)
    with pytest.raises(LeaseLost):
        broker.delete("a", job)


def test_a_reserved_job_knows_its_lease(broker: Broker, clock: ManualClock) -> None:
    broker.push(Job("count"), "a")
    job = broker.pop("a", 60)
    assert job is not None
    assert (job.timeout, job.deadline, job.attempts) == (60, clock.time() + 60, 1)

    clock.advance(10)
    broker.touch("a", job)
    assert job.deadline == clock.time() + 60
    broker.touch("a", job, 5)
    assert (job.timeout, job.deadline) == (5, clock.time() + 5)


def test_a_buried_job_keeps_its_reason(broker: Broker) -> None:
    broker.push(Job("count"), "a")
    job = broker.pop("a", 60)
    assert job is not None

    broker.bury("a", job, "broken")

    assert (job.state, job.reason) == (State.BURIED, "broken")
    (seen,) = broker.peek("a", "buried", 10)
    assert (seen.id, seen.name, seen.reason, seen.state, seen.queue) == (job.id, "count", "broken", State.BURIED, "a")
    assert broker.kick("a", 10) == 1
    assert broker.kick("a", 10) == 0


def test_peek_shows_when(broker: Broker, clock: ManualClock) -> None:
    broker.later(5, Job("count"), "a")

    (seen,) = broker.peek("a", State.DELAYED, 1)

    assert seen.deadline == clock.time() + 5
    assert broker.peek("a", State.READY, 1) == []


def test_migrating_says_how_many_went_back(broker: Broker, clock: ManualClock) -> None:
    broker.later(5, Job("count"), "a")
    broker.push(Job("count"), "a")
    broker.pop("a", 5)
    clock.advance(5)

    assert broker.migrate_expired_jobs("a") == 2
    assert broker.migrate_expired_jobs("a") == 0


def test_without_timers_to_migrate_nothing_is() -> None:
    register_broker("bare", Bare)
    with Broker("bare://") as bare:
        assert bare.migrate_expired_jobs("a") == 0


def test_queues_are_sorted_and_purged_ones_are_gone(broker: Broker) -> None:
    for queue in ("b", "a", "c"):
        broker.push(Job("count"), queue)
    broker.purge("c")

    assert broker.queues() == ["a", "b"]


def test_a_broker_is_woken_by_hand(broker: Broker) -> None:
    broker.wake()
    assert broker.pop("a", 60) is None
