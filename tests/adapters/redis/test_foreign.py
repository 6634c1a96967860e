"""Producers without Linda: they push an envelope with the server's own commands."""

import json

import pytest

from linda_core import Broker, Job
from linda_core.conformance.background import Background
from linda_core.driver import State
from tests.adapters.redis.conftest import Command

BODY = json.dumps({"payload": {"class": "Hello", "args": ["world"]}})


@pytest.fixture
def inbox(prefix: str) -> str:
    return f"{{{prefix}:q}}:in"


def test_an_envelope_without_id_becomes_a_job_with_one(broker: Broker, command: Command, inbox: str) -> None:
    command("RPUSH", inbox, BODY, BODY)

    first, second = broker.pop_many("q", 30, 10)

    assert (first.name, list(first.args), first.attempts) == ("Hello", ["world"], 1)
    assert first.id
    assert first.id != second.id
    broker.delete_many("q", [first, second])
    assert broker.counts("q") == (0, 0, 0, 0)


def test_an_envelope_keeps_its_id(broker: Broker, command: Command, inbox: str) -> None:
    command("RPUSH", inbox, json.dumps({"id": "mine", "payload": {"class": "Hello"}}))

    job = broker.pop("q", 30)

    assert job
    assert job.id == "mine"
    broker.delete("q", job)


def test_it_is_counted_listed_and_seen_before_anybody_takes_it(broker: Broker, command: Command, inbox: str) -> None:
    command("RPUSH", inbox, BODY)

    assert broker.counts("q").ready == 1
    assert broker.queues() == ["q"]
    assert [job.name for job in broker.peek("q", State.READY, 10)] == ["Hello"]
    assert broker.counts("q").ready == 1


def test_it_comes_after_what_was_pushed_before(broker: Broker, command: Command, inbox: str) -> None:
    broker.push_many([Job("first"), Job("second")], "q")
    command("RPUSH", inbox, BODY)

    assert [job.name for job in broker.pop_many("q", 30, 10)] == ["first", "second", "Hello"]


def test_the_marker_wakes_a_consumer_that_waits(broker: Broker, command: Command, prefix: str, inbox: str) -> None:
    waiting = Background(lambda: broker.pop("q", 30, wait=60))
    waiting.pause()

    command("RPUSH", inbox, BODY)
    command("ZADD", f"{{{prefix}:q}}:m", 0, 0)

    assert waiting.result("the marker woke nobody", timeout=0.5)


def test_without_the_marker_a_consumer_that_waits_finds_it(broker: Broker, command: Command, inbox: str) -> None:
    waiting = Background(lambda: broker.pop("q", 30, wait=60))
    waiting.pause()

    command("RPUSH", inbox, BODY)

    assert waiting.result("the job was not found")


def test_what_is_no_envelope_is_buried_and_the_next_job_comes(broker: Broker, command: Command, inbox: str) -> None:
    command("RPUSH", inbox, b"\xff\x00 no JSON", BODY)

    jobs = broker.pop_many("q", 30, 10)

    assert [job.name for job in jobs] == ["Hello"]
    (buried,) = broker.peek("q", State.BURIED, 10)
    assert "not a Linda envelope" in buried.reason
    assert buried.body == b"\xff\x00 no JSON"


def test_a_large_inbox_loses_nothing(broker: Broker, command: Command, inbox: str) -> None:
    for _ in range(4):
        command("RPUSH", inbox, *[BODY] * 600)
    taken = 0
    while jobs := broker.pop_many("q", 30, 1000):
        taken += len(jobs)
        broker.delete_many("q", jobs)

    assert taken == 2400
    assert broker.queues() == []
