"""Waiting consumers: woken by one push each, and idle until then."""

import pytest

from linda_core import Broker, Job, new_broker
from linda_core.clock import SYSTEM_CLOCK
from linda_core.conformance.background import Background
from linda_core.conformance.proxy import Proxy
from linda_redis import waiter
from linda_redis.driver import RedisDriver
from tests.adapters.redis.conftest import Command, calls
from tests.servers.waiting import wait_until


@pytest.fixture
def unaided(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody looks for himself: who is not woken sleeps on."""
    monkeypatch.setattr(waiter, "RECHECK", 60)


def blocked(command: Command) -> int:
    """How many connections wait in the server."""
    text: bytes = command("INFO", "clients")
    return int(text.partition(b"blocked_clients:")[2].split()[0])


def waiting(broker: Broker, command: Command, *queues: str) -> Background[Job | None]:
    """A pop that waits, and is known to."""
    before = blocked(command)
    pop = Background(lambda: broker.pop(queues or ("q",), 30, wait=60))
    assert wait_until(lambda: blocked(command) > before, patience=10)
    return pop


@pytest.mark.usefixtures("unaided")
def test_a_push_wakes_a_waiting_consumer(broker: Broker, command: Command) -> None:
    pop = waiting(broker, command)

    broker.push(Job("a"), "q")

    job = pop.result("the push woke nobody")
    assert job
    assert job.name == "a"


@pytest.mark.usefixtures("unaided")
def test_many_jobs_at_once_wake_all_who_wait(broker: Broker, command: Command) -> None:
    pops = [waiting(broker, command) for _ in range(8)]

    broker.push_many([Job(str(number)) for number in range(8)], "q")

    jobs = [pop.result("a job was pushed, and somebody slept on") for pop in pops]
    assert {job.name for job in jobs if job} == {str(number) for number in range(8)}


@pytest.mark.usefixtures("unaided")
def test_a_released_and_a_kicked_job_wake(broker: Broker, command: Command) -> None:
    broker.push_many([Job("a"), Job("b")], "q")
    first, second = broker.pop_many("q", 30, 2)
    broker.bury("q", second)

    pop = waiting(broker, command)
    broker.release("q", first)
    assert pop.result("the release woke nobody")

    pop = waiting(broker, command)
    broker.kick("q", 1)
    assert pop.result("the kick woke nobody")


@pytest.mark.usefixtures("unaided")
def test_an_earlier_job_shortens_the_wait(broker: Broker, command: Command) -> None:
    broker.later(300, Job("late"), "q")
    pop = waiting(broker, command)

    broker.later(0.1, Job("early"), "q")

    job = pop.result("the wait was not shortened")
    assert job
    assert job.name == "early"


@pytest.mark.usefixtures("unaided")
def test_an_expired_lease_ends_a_wait(broker: Broker) -> None:
    broker.push(Job("a"), "q")
    assert broker.pop("q", 0.2)

    job = Background(lambda: broker.pop("q", 30, wait=60)).result("the lease ran out, and nobody noticed")

    assert job
    assert job.attempts == 2


@pytest.mark.usefixtures("unaided")
def test_several_queues_are_waited_for_at_once(broker: Broker, command: Command) -> None:
    for name in ("first", "second", "third"):
        pop = waiting(broker, command, "first", "second", "third")
        broker.push(Job("a"), name)
        job = pop.result(f"a push to {name} woke nobody")
        assert job
        assert job.queue == name


def test_earlier_queues_come_first(broker: Broker) -> None:
    broker.push_many([Job("b"), Job("b2")], "second")
    broker.push(Job("a"), "first")

    assert [job.name for job in broker.pop_many(("first", "second"), 30, 2)] == ["a", "b"]


@pytest.mark.usefixtures("unaided")
def test_who_gives_up_hands_his_wake_up_on(url: str, broker: Broker, command: Command) -> None:
    proxy, through = Proxy.before(url)
    with proxy, new_broker(through) as leaving:
        first = waiting(leaving, command)
        second = waiting(broker, command)

        with proxy.stalled():
            broker.push(Job("a"), "q")
            leaving.wake()
            first.pause(0.5)
            assert not second.done

        assert first.result("wake woke nobody") is None
        assert second.result("the wake-up was lost with who gave up")


def test_a_consumer_that_waits_asks_twice_a_second(driver: RedisDriver, command: Command) -> None:
    driver.reserve(["q"], 1, 30, 0)
    command("CONFIG", "RESETSTAT")

    driver.reserve(["q"], 1, 30, 2.5)

    assert calls(command, "evalsha") <= 5
    assert calls(command, "bzpopmin") <= 5


def test_a_wait_ends_when_its_time_is_over(driver: RedisDriver) -> None:
    for seconds in (0.001, 0.01, 0.15):
        before = SYSTEM_CLOCK.monotonic()
        assert driver.reserve(["q"], 1, 30, seconds) == []
        assert SYSTEM_CLOCK.monotonic() - before >= seconds


def test_closing_ends_all_waits(url: str, command: Command) -> None:
    broker = new_broker(url)
    pops = [waiting(broker, command) for _ in range(5)]

    broker.close()

    assert [pop.result("a pop outlived its broker") for pop in pops] == [None] * 5


def test_forty_threads_wait_and_none_holds_up_another(broker: Broker, command: Command) -> None:
    pops = [waiting(broker, command) for _ in range(40)]

    for number in range(40):
        broker.push(Job(str(number)), "q")

    assert len({job.name for pop in pops if (job := pop.result("a waiting thread got nothing"))}) == 40
