"""A pop that waits wakes exactly when there is something for it."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from linda_core.broker import Broker
from linda_core.brokers.sqlite import driver
from linda_core.clock import ManualClock
from linda_core.conformance.background import STUCK, Background
from linda_core.job import Job
from tests.core.brokers.sqlite.conftest import Connect, driver_of
from tests.servers.waiting import wait_until


@pytest.fixture(autouse=True)
def no_backstop(monkeypatch: pytest.MonkeyPatch) -> None:
    """What wakes here was the doorbell or the clock."""
    monkeypatch.setattr(driver, "BACKSTOP", float("inf"))


@pytest.fixture
def broker(connect: Connect, clock: ManualClock) -> Broker:
    return connect(clock)


def pops(broker: Broker, clock: ManualClock) -> Background[Job | None]:
    """A pop that waits already."""
    popping = Background(lambda: broker.pop("q", 5, wait=60))
    assert wait_until(lambda: bool(clock._waiting), STUCK)
    return popping


def test_a_push_through_another_connection(broker: Broker, connect: Connect, clock: ManualClock) -> None:
    popping = pops(broker, clock)

    connect(clock).push(Job("Here"), "q")

    assert popping.result("the push woke nobody")


def test_a_push_through_the_same_connection(broker: Broker, clock: ManualClock) -> None:
    popping = pops(broker, clock)

    broker.push(Job("Here"), "q")

    assert popping.result("the push woke nobody")


def test_the_moment_a_delay_ends(broker: Broker, clock: ManualClock) -> None:
    broker.later(10, Job("Due"), "q")
    popping = pops(broker, clock)

    clock.advance(9.999)
    assert not popping.done

    clock.advance(0.001)
    assert popping.result("the end of the delay woke nobody")


def test_the_moment_a_lease_ends(broker: Broker, clock: ManualClock) -> None:
    broker.push(Job("Held"), "q")
    assert broker.pop("q", 10)
    popping = pops(broker, clock)

    clock.advance(10)

    assert popping.result("the end of the lease woke nobody")


def test_a_delay_that_ends_before_the_one_it_waits_for(broker: Broker, connect: Connect, clock: ManualClock) -> None:
    broker.later(50, Job("Later"), "q")
    popping = pops(broker, clock)

    connect(clock).later(5, Job("Sooner"), "q")
    assert wait_until(lambda: driver_of(broker)._doorbell._rings > 0, STUCK)
    clock.advance(5)

    job = popping.result("it sleeps until the first delay that it saw")
    assert job
    assert job.name == "Sooner"


def test_what_another_gives_back(broker: Broker, connect: Connect, clock: ManualClock) -> None:
    other = connect(clock)
    other.push(Job("Held"), "q")
    held = other.pop("q", 1000)
    assert held
    popping = pops(broker, clock)

    other.release("q", held)

    assert popping.result("release woke nobody")


def test_what_another_kicks(broker: Broker, connect: Connect, clock: ManualClock) -> None:
    other = connect(clock)
    other.push(Job("Buried"), "q")
    held = other.pop("q", 1000)
    assert held
    other.bury("q", held)
    popping = pops(broker, clock)

    other.kick("q", 1)

    assert popping.result("kick woke nobody")


def test_a_lease_that_another_makes_shorter(broker: Broker, connect: Connect, clock: ManualClock) -> None:
    other = connect(clock)
    other.push(Job("Held"), "q")
    held = other.pop("q", 1000)
    assert held
    popping = pops(broker, clock)

    other.touch("q", held, 5)
    assert wait_until(lambda: driver_of(broker)._doorbell._rings > 0, STUCK)
    clock.advance(5)

    assert popping.result("it sleeps until the end of the lease that it saw")


def test_a_writer_that_knows_no_doorbell_is_found_by_looking(
    broker: Broker, path: Path, clock: ManualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(driver, "BACKSTOP", 0.5)
    popping = pops(broker, clock)
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute(broker.capabilities.foreign_push)
    assert not popping.done

    clock.advance(0.5)

    assert popping.result("the backstop did not look")


def test_close_ends_it(broker: Broker, clock: ManualClock) -> None:
    popping = pops(broker, clock)

    broker.close()

    assert popping.result("close woke nobody") is None
