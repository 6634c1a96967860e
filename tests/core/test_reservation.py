"""What a driver hands out, made into jobs."""

import logging
from collections.abc import Sequence

import pytest

from linda_core.broker import Broker
from linda_core.clock import ManualClock
from linda_core.driver import Entry
from linda_core.job import Job
from linda_core.lifecycle import State
from linda_core.registry import register_broker
from tests.core.drivers import Bare

BAD = Entry("bad", b"\xff not an envelope")


def insert(broker: Broker, queue: str, *entries: Entry) -> None:
    """As a foreign producer would."""
    broker._link.driver.push(queue, entries, 0)  # type: ignore[call-arg]


def test_a_foreign_job_gets_the_broker_s_name_for_it_and_the_time(broker: Broker, clock: ManualClock) -> None:
    insert(broker, "a", Entry("theirs", b'{"payload": {"class": "count"}}'))

    job = broker.pop("a", 60)

    assert job is not None
    assert (job.id, job.created_at, job.queue, job.state) == ("theirs", clock.time(), "a", State.RESERVED)


def test_what_cannot_be_decoded_is_buried_with_its_reason_and_passed_over(
    broker: Broker, caplog: pytest.LogCaptureFixture
) -> None:
    insert(broker, "a", BAD)
    broker.push(Job("count", id="good"), "a")

    with caplog.at_level(logging.ERROR, "linda"):
        job = broker.pop("a", 60)

    assert job is not None
    assert job.id == "good"
    (seen,) = broker.peek("a", State.BURIED, 10)
    assert (seen.id, seen.name, seen.body) == ("bad", "", BAD.body)
    assert seen.reason.startswith("not a Linda envelope")
    assert "set aside: a job of 'a': not a Linda envelope" in caplog.text


def test_it_is_seen_as_what_it_is_before_anybody_pops_it(broker: Broker) -> None:
    insert(broker, "a", BAD)

    (seen,) = broker.peek("a", State.READY, 10)

    assert (seen.id, seen.name, seen.body) == ("bad", "", BAD.body)
    assert seen.reason.startswith("not a Linda envelope")


def test_a_pop_for_good_does_not_delete_it(broker: Broker) -> None:
    insert(broker, "a", BAD)

    assert broker.pop("a", 0) is None
    assert broker.counts("a").buried == 1


def test_where_nothing_can_be_buried_it_keeps_away_for_its_lease(clock: ManualClock) -> None:
    register_broker("bare", Bare)
    with Broker("bare://", clock=clock) as bare:
        insert(bare, "a", BAD)
        bare.push(Job("count", id="good"), "a")

        job = bare.pop("a", 60)

        assert job is not None
        assert job.id == "good"
        assert bare.pop("a", 60) is None


def test_several_queues_are_taken_from_for_good_in_their_order(broker: Broker) -> None:
    for queue in ("low", "high", "low"):
        broker.push(Job("count"), queue)

    assert [job.queue for job in broker.pop_many(["high", "low"], 0, 9)] == ["high", "low", "low"]
    assert broker.queues() == []


def test_a_job_lost_before_it_could_be_deleted_is_not_taken(broker: Broker, monkeypatch: pytest.MonkeyPatch) -> None:
    broker.push_many([Job("count", id="kept"), Job("count", id="lost")], "a")
    driver = broker._link.driver

    def refuse_the_last(_queue: str, receipts: Sequence[object]) -> list[int]:
        return [len(receipts) - 1]

    monkeypatch.setattr(driver, "delete", refuse_the_last)

    assert [job.id for job in broker.pop_many("a", 0, 9)] == ["kept"]
