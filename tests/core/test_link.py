"""The living connection: forks, closing, and who waits meanwhile."""

import os
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest

from linda_core.broker import Broker, new_broker
from linda_core.clock import ManualClock
from linda_core.driver import Driver
from linda_core.errors import BrokerClosed, BrokerUnavailable, ConnectionLost, Unsupported
from linda_core.job import Job
from linda_core.registry import register_broker
from tests.core.drivers import Bare, Watched
from tests.servers.waiting import wait_until


@pytest.fixture
def watched(clock: ManualClock) -> Broker:
    """A broker whose driver remembers what was done with it."""
    register_broker("watched", Watched)
    Watched.made.clear()
    return Broker("watched://", clock=clock)


def in_a_child(act: Callable[[], str]) -> str:
    """What `act` returns, or raises, in a forked child."""
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            said = act()
        except BaseException as error:  # noqa: BLE001 - the parent shall see it
            said = f"{type(error).__name__}: {error}"
        os.write(writer, said.encode())
        os._exit(0)
    os.close(writer)
    with os.fdopen(reader) as answer:
        said = answer.read()
    os.waitpid(child, 0)
    return said


def waits(broker: Broker) -> bool:
    """Whether a call is under way."""
    return broker._link._calls > 0


def test_a_forked_child_connects_anew_and_leaves_its_parents_driver_alone(watched: Broker) -> None:
    def child() -> str:
        watched.push(Job("count"), "a")
        watched.close()
        parents, own = Watched.made
        return f"{parents.done} {own.done}"

    said = in_a_child(child)

    assert said == "[] ['push', 'close']"
    watched.push(Job("count"), "a")
    assert [driver.done for driver in Watched.made] == [["push"]]


def test_a_grandchild_leaves_both_drivers_alone(watched: Broker) -> None:
    def grandchild() -> str:
        watched.push(Job("count"), "a")
        return f"{len(watched._link._left_behind)} {[driver.done for driver in Watched.made]}"

    def child() -> str:
        watched.push(Job("count"), "a")
        return in_a_child(grandchild)

    assert in_a_child(child) == "2 [[], ['push'], ['push']]"
    assert in_a_child(lambda: in_a_child(grandchild)) == "1 [[], ['push']]"


def test_a_child_knows_the_servers_limits_before_its_first_call(watched: Broker) -> None:
    assert watched.limits.body == Watched.LIMIT

    assert in_a_child(lambda: str(watched.limits.body)) == str(Watched.LIMIT)


def test_a_child_forked_while_a_pop_waits_is_not_held_up(watched: Broker) -> None:
    def child() -> str:
        watched.push(Job("count"), "a")
        watched.close()
        return f"{[driver.done for driver in Watched.made]}"

    with ThreadPoolExecutor() as threads:
        popping = threads.submit(watched.pop, "a", 60, wait=30)
        assert wait_until(lambda: waits(watched), patience=10)

        assert in_a_child(child) == "[[], ['push', 'close']]"
        watched.close()
        assert popping.result(10) is None


def test_memory_tells_a_child_instead_of_seeming_empty(broker: Broker) -> None:
    assert in_a_child(lambda: str(broker.pop("a", 60))).startswith("BrokerUnavailable: memory://: these jobs live in")


def test_use_after_close_says_so(broker: Broker) -> None:
    broker.close()

    with pytest.raises(BrokerClosed, match="memory:// is closed; make a new broker"):
        broker.push(Job("count"), "a")
    assert repr(broker) == "<Broker memory:// closed>"


def test_a_closed_broker_stays_closed_in_a_child(watched: Broker) -> None:
    watched.close()

    assert in_a_child(lambda: str(watched.pop("a", 60))).startswith("BrokerClosed")


def test_closing_twice_closes_once(watched: Broker) -> None:
    watched.close()
    watched.close()

    assert [driver.done for driver in Watched.made] == [["close"]]


def test_many_threads_may_close_at_once(watched: Broker) -> None:
    with ThreadPoolExecutor(16) as threads:
        popping = [threads.submit(watched.pop, "a", 60, wait=float("inf")) for _ in range(4)]
        assert wait_until(lambda: watched._link._calls == 4, patience=10)
        for closing in [threads.submit(watched.close) for _ in range(8)]:
            closing.result(10)

        assert [pop.result(10) for pop in popping] == [None] * 4
    assert Watched.made[0].done.count("close") == 1
    assert Watched.made[0].done[-1] == "close"


def test_closing_wakes_a_waiting_pop_and_hands_back_what_it_took(watched: Broker, clock: ManualClock) -> None:
    took, closed = Watched.made[0].hold_deliveries()
    with ThreadPoolExecutor() as threads:
        popping = threads.submit(watched.pop, "a", 60, wait=30)
        assert wait_until(lambda: waits(watched), patience=10)
        with Broker("watched://", clock=clock) as other:
            other.push(Job("count", id="taken"), "a")
            assert took.wait(10)
            closing = threads.submit(watched.close)
            assert wait_until(lambda: watched._link.closed, patience=10)
            closed.set()

            assert popping.result(10) is None
            closing.result(10)
            job = other.pop("a", 60)
    assert job is not None
    assert (job.id, job.attempts) == ("taken", 2)


def test_a_call_under_way_is_finished_before_the_driver_is_closed(watched: Broker) -> None:
    with ThreadPoolExecutor() as threads:
        with watched._link.call(Driver, "push"):
            closing = threads.submit(watched.close)
            assert wait_until(lambda: "wake" in Watched.made[0].done, patience=10)
            assert "close" not in Watched.made[0].done
        closing.result(10)
    assert Watched.made[0].done[-1] == "close"


def test_a_broken_connection_does_not_keep_a_broker_from_closing(watched: Broker) -> None:
    Watched.made[0].broken.update({"wake"})
    with ThreadPoolExecutor() as threads:
        with watched._link.call(Driver, "push"):
            closing = threads.submit(watched.close)
            assert wait_until(lambda: "wake" in Watched.made[0].done, patience=10)
        closing.result(10)

    assert Watched.made[0].done[-1] == "close"


def test_an_error_of_closing_is_translated(watched: Broker) -> None:
    Watched.made[0].broken.update({"close"})

    with pytest.raises(ConnectionLost, match="watched://: close: broken"):
        watched.close()
    watched.close()


def test_an_error_of_connecting_is_translated() -> None:
    register_broker("watched", Watched)

    with pytest.raises(BrokerUnavailable, match="watched://nowhere: connect: refused"):
        new_broker("watched://nowhere")


def test_an_ability_that_is_not_there_is_refused_by_name_before_any_call() -> None:
    register_broker("bare", Bare)
    with (
        Broker("bare://") as broker,
        pytest.raises(
            Unsupported, match=r"bare:// has no ability 'Tallies', which counts of 'a' needs; `linda brokers`"
        ),
    ):
        broker.counts("a")


def test_after_closing_the_declarations_are_those_of_the_class(watched: Broker) -> None:
    watched.close()

    assert watched.limits == Watched.limits
    assert watched.capabilities is Watched.capabilities


def test_threads_share_one_driver(watched: Broker) -> None:
    gate = threading.Barrier(8)

    def push(number: int) -> None:
        gate.wait(10)
        watched.push(Job("count", [number]), "a")

    with ThreadPoolExecutor(8) as threads:
        list(threads.map(push, range(8)))

    assert len(Watched.made) == 1
    assert watched.counts("a").ready == 8
    watched.close()


def test_a_lease_that_may_not_have_been_renewed_is_not_taken_for_longer(watched: Broker, clock: ManualClock) -> None:
    watched.push(Job("count"), "a")
    job = watched.pop("a", 60)
    assert job is not None
    Watched.made[0].broken.add("touch")
    clock.advance(10)

    with pytest.raises(ConnectionLost):
        watched.touch("a", job, 600)

    assert (job.timeout, job.deadline) == (60, clock.time() + 50)
