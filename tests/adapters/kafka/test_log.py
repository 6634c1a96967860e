"""What Linda writes to a ledger's log, and what it makes of what others write."""

from collections.abc import Callable

import pytest

from linda_core import Broker, Job, new_broker
from linda_core.conformance.background import Background
from linda_core.errors import BrokerUnavailable
from linda_kafka.driver import KafkaDriver
from linda_kafka.record import COMMAND, command
from tests.adapters.kafka.conftest import Ends, Write
from tests.servers.waiting import wait_until

HOLD = 600.0


@pytest.fixture
def length(ends: Ends, ledger: str) -> Callable[[], int]:
    """How many records the log has."""
    return lambda: ends(ledger)[1]


def test_who_waits_writes_nothing(broker: Broker, length: Callable[[], int]) -> None:
    assert broker.pop("q", HOLD) is None  # which starts reading, for as long as it takes
    waiting = Background(lambda: broker.pop("q", HOLD, wait=HOLD))
    waiting.pause(0.3)
    before = length()
    waiting.pause(0.5)

    assert length() == before
    broker.wake()
    waiting.result("wake did not end a waiting pop")


def test_of_many_that_wait_one_tries_to_take_a_job(broker: Broker, url: str, length: Callable[[], int]) -> None:
    others = [new_broker(url) for _ in range(5)]
    assert all(one.pop("q", HOLD) is None for one in others)
    waiting = [Background(lambda one=one: one.pop("q", HOLD, wait=HOLD)) for one in others]  # type: ignore[misc]
    waiting[-1].pause(0.5)
    before = length()
    for _ in range(4):
        broker.push(Job("Awaited"), "q")
        waiting[-1].pause(0.2)

    assert sum(one.done for one in waiting) == 4
    assert length() - before < 4 * 3, f"{length() - before - 4} commands were written in order to take 4 jobs"
    for one in others:
        one.close()


def test_what_a_call_took_that_nobody_waits_for_goes_back_uncounted(broker: Broker) -> None:
    broker.push(Job("Taken"), "q")
    broker.push(Job("Next"), "q")
    assert broker.pop("elsewhere", HOLD) is None
    driver = broker._link._driver
    assert isinstance(driver, KafkaDriver)
    by = driver._replica()._identity
    abandoned = {"queues": ["q"], "limit": 1, "lease": 600_000, "by": by, "call": 10**9}
    driver._writer.append([command("take", abandoned)])

    assert wait_until(lambda: broker.counts("q").reserved == 0, 5)
    assert [(job.name, job.attempts) for job in broker.pop_many("q", HOLD, 2)] == [("Taken", 1), ("Next", 1)]


@pytest.mark.parametrize("value", [b"", b"\xff\x00", b"[]", b'{"v":1}', b'{"v":1,"do":"take","by":"x","queues":3}'])
def test_what_only_looks_like_a_command_is_passed_over(broker: Broker, write: Write, value: bytes) -> None:
    write(value, key=COMMAND)
    broker.push(Job("Good"), "q")

    assert broker.pop_many("q", HOLD, 9)[0].name == "Good"


def test_a_ledger_of_a_newer_linda_is_refused(broker: Broker, write: Write) -> None:
    write(b'{"v":2,"do":"something new"}', key=COMMAND)
    broker.push(Job("Kept"), "q")

    for _ in range(2):
        with pytest.raises(BrokerUnavailable, match=r"newer Linda.*upgrade"):
            broker.pop("q", HOLD)


def test_a_wake_reaches_who_is_still_reading_the_log_for_the_first_time(broker: Broker) -> None:
    driver = broker._link._driver
    assert isinstance(driver, KafkaDriver)
    with driver._starting:
        waiting = Background(lambda: broker.pop("q", HOLD, wait=HOLD))
        waiting.pause(0.2)
        broker.wake()

    assert waiting.result("a wake before the first record was read did not end a pop", 10) is None
