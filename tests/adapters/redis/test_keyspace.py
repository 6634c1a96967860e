"""What is in the server: nothing but jobs, and nothing of theirs once they are gone."""

import pytest

from linda_core import Broker, Job, new_broker
from linda_core.driver import Entry, State
from linda_redis.driver import RedisDriver
from tests.adapters.redis.conftest import Command

ODD_NAMES = ["}", "{", "{}", "a}:r", "}:", "\0", "a b", " ", ":", "*", "in", "\N{PILE OF POO}" * 100, "é\n\r\n$1"]


@pytest.fixture
def keys(command: Command, prefix: str) -> Command:
    return lambda: command("KEYS", f"*{prefix}*")


def test_an_emptied_queue_leaves_nothing(broker: Broker, keys: Command) -> None:
    broker.push_many([Job("a") for _ in range(5)], "q")
    broker.later(0.01, Job("b"), "q")
    buried, released, delayed, *rest = broker.pop_many("q", 30, 5)
    broker.bury("q", buried, "a reason")
    broker.release("q", released)
    broker.release_with_delay("q", delayed, 0.01)
    broker.kick("q", 10)
    while job := broker.pop("q", 30, wait=0.1):
        rest.append(job)

    broker.delete_many("q", rest)

    assert len(rest) == 6
    assert keys() == []


def test_a_queue_for_which_nobody_waits_leaves_nothing(broker: Broker, keys: Command) -> None:
    broker.push(Job("a"), "q")
    job = broker.pop("q", 30)
    assert job

    broker.delete("q", job)

    assert keys() == []


def test_a_job_that_was_forgotten_leaves_nothing(broker: Broker, keys: Command) -> None:
    broker.push(Job("a"), "q")
    assert broker.pop("q", 0.01)
    job = broker.pop("q", 30, wait=5)
    assert job
    assert job.lapses == 1

    broker.delete("q", job)

    assert keys() == []


def test_a_consumer_that_waited_in_vain_leaves_nothing(broker: Broker, keys: Command) -> None:
    assert broker.pop("q", 30, wait=0.01) is None

    assert keys() == []


def test_a_queue_of_buried_jobs_is_only_as_large_as_they_are(broker: Broker, keys: Command) -> None:
    broker.push(Job("a"), "q")
    job = broker.pop("q", 30)
    assert job
    broker.bury("q", job, "a reason")

    assert {key.rpartition(b":")[2] for key in keys()} - {b"m"} == {b"b", b"d", b"w"}


def test_a_purge_leaves_nothing(broker: Broker, keys: Command) -> None:
    broker.push_many([Job("a"), Job("b"), Job("c")], "q")
    broker.later(60, Job("d"), "q")
    buried, _ = broker.pop_many("q", 30, 2)
    broker.bury("q", buried, "a reason")

    broker.purge("q")

    assert keys() == []
    assert broker.queues() == []


def test_kicking_forgets_the_reason(broker: Broker, keys: Command) -> None:
    broker.push(Job("a"), "q")
    job = broker.pop("q", 30)
    assert job
    broker.bury("q", job, "a reason")
    assert [seen.reason for seen in broker.peek("q", State.BURIED, 1)] == ["a reason"]

    broker.kick("q", 1)

    assert not any(key.endswith(b":w") for key in keys())


@pytest.mark.parametrize("name", ODD_NAMES)
def test_any_name_is_a_queue_of_its_own(broker: Broker, name: str) -> None:
    others = [other for other in ODD_NAMES if other != name]
    broker.push(Job(name), name)

    assert all(broker.pop(other, 30) is None for other in others)
    assert broker.queues() == [name]
    job = broker.pop(name, 30)
    assert job
    assert job.name == name


@pytest.mark.parametrize("identity", ["a:b", ":", ":7", "a:7", "a\0b:c", "\0" * 120, "é", "%s", "0"])
def test_any_text_is_an_id(driver: RedisDriver, identity: str) -> None:
    driver.push("q", [Entry(identity, b"body")], 0)
    for attempt in (1, 2):
        (delivery,) = driver.reserve(["q"], 10, 30, 0)
        assert (delivery.id, delivery.attempts, delivery.body) == (identity, attempt, b"body")
        assert driver.release("q", [delivery.receipt], 0) == []
    assert [seen.id for seen in driver.peek("q", State.READY, 10)] == [identity]


def test_programs_with_different_prefixes_share_nothing(broker: Broker, url: str) -> None:
    broker.push(Job("a"), "q")

    with new_broker(url.replace("prefix=", "prefix=another-")) as other:
        assert other.pop("q", 30) is None
        assert other.queues() == []


def test_queues_are_found_among_many_keys(broker: Broker, command: Command, prefix: str) -> None:
    command("MSET", *(part for number in range(5_000) for part in (f"{prefix}-other-{number}", "x")))
    names = [f"queue-{number}" for number in range(20)]
    for name in names:
        broker.push(Job("a"), name)

    assert broker.queues() == sorted(names)
