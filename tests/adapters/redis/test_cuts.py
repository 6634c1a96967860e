"""Connections that break at the worst moment: what is repeated, and what is said instead."""

from collections.abc import Callable, Iterator
from typing import NamedTuple

import pytest

from linda_core import Broker, BrokerUnavailable, ConnectionLost, Job, new_broker
from linda_core.conformance.background import Background
from linda_core.conformance.proxy import Proxy, Way


class Line(NamedTuple):
    """A broker behind a proxy."""

    broker: Broker
    proxy: Proxy

    def cut_answer(self) -> None:
        """The next answer is lost; what it answers has been done."""
        self.proxy.cut_after(Way.DOWN, 0)

    def cut_question(self) -> None:
        """The next command is lost."""
        self.proxy.cut_after(Way.UP, 0)


@pytest.fixture
def line(url: str, broker: Broker) -> Iterator[Line]:
    _teach(broker)
    proxy, through = Proxy.before(url)
    with proxy, new_broker(through) as proxied:
        yield Line(proxied, proxy)


def _teach(broker: Broker) -> None:
    """The server learns a script when it first runs: what is cut shall be a verb, not a lesson."""
    broker.push_many([Job("a"), Job("b")], "lesson")
    first, second = broker.pop_many("lesson", 30, 2)
    broker.touch("lesson", first)
    broker.release("lesson", first)
    broker.bury("lesson", second)
    broker.kick("lesson", 1)
    broker.counts("lesson")
    for job in broker.pop_many("lesson", 30, 2):
        broker.delete("lesson", job)


ONCE: dict[str, Callable[[Broker, Job], object]] = {
    "release": lambda broker, job: broker.release("q", job),
    "release_with_delay": lambda broker, job: broker.release_with_delay("q", job, 60),
    "bury": lambda broker, job: broker.bury("q", job),
    "kick": lambda broker, _: broker.kick("q", 1),
    "purge": lambda broker, _: broker.purge("q"),
}

CUTS: dict[str, Callable[[Line], None]] = {"answer": Line.cut_answer, "question": Line.cut_question}


@pytest.fixture(params=CUTS)
def cut(request: pytest.FixtureRequest, line: Line) -> Iterator[Callable[[], None]]:
    yield lambda: CUTS[request.param](line)
    assert line.proxy.connections == 2, "nothing was cut"


def popped(broker: Broker, wait: float = 0) -> Job:
    job = broker.pop("q", 30, wait=wait)
    assert job is not None
    return job


def test_a_push_that_is_cut_arrives_once(line: Line, broker: Broker, cut: Callable[[], None]) -> None:
    line.broker.counts("q")

    cut()
    line.broker.push_many([Job("a") for _ in range(100)], "q")

    assert broker.counts("q").ready == 100


def test_a_delete_that_is_cut_succeeds(line: Line, broker: Broker, cut: Callable[[], None]) -> None:
    line.broker.push(Job("a"), "q")
    job = popped(line.broker)

    cut()
    line.broker.delete("q", job)

    assert broker.counts("q") == (0, 0, 0, 0)


def test_a_touch_that_is_cut_succeeds(line: Line, cut: Callable[[], None]) -> None:
    line.broker.push(Job("a"), "q")
    job = popped(line.broker)

    cut()
    line.broker.touch("q", job, 60)

    line.broker.delete("q", job)


def test_a_pop_whose_answer_is_lost_is_not_repeated(line: Line, broker: Broker) -> None:
    broker.push_many([Job("a"), Job("b")], "q")
    line.broker.counts("q")

    line.cut_answer()
    with pytest.raises(ConnectionLost):
        line.broker.pop("q", 2)

    assert broker.counts("q").reserved == 1
    first, second = popped(broker), popped(broker, wait=30)
    assert (first.name, second.name, second.attempts) == ("b", "a", 2)


@pytest.mark.parametrize("verb", ONCE)
def test_what_cannot_be_repeated_says_that_nobody_knows(line: Line, verb: str) -> None:
    line.broker.push(Job("a"), "q")
    job = popped(line.broker)

    line.cut_answer()
    with pytest.raises(ConnectionLost, match="no answer"):
        ONCE[verb](line.broker, job)

    line.broker.counts("q")


def test_a_cut_push_that_cannot_be_repeated_is_not_called_refused(line: Line, broker: Broker) -> None:
    line.broker.counts("q")
    with line.proxy.stalled():
        pushing = Background(lambda: line.broker.push(Job("a"), "q"))
        pushing.pause()
        with line.proxy.refusing(), pytest.raises(ConnectionLost):
            pushing.result("the push did not end")

    line.broker.push(Job("b"), "q")
    assert "b" in {job.name for job in broker.pop_many("q", 30, 10)}


def test_a_refused_connection_is_called_that(line: Line) -> None:
    with line.proxy.refusing(), pytest.raises(BrokerUnavailable):
        line.broker.push(Job("a"), "q")

    line.broker.push(Job("b"), "q")
    assert line.broker.counts("q").ready == 1


def test_connections_that_died_while_idle_are_not_noticed(line: Line) -> None:
    line.broker.push(Job("a"), "q")

    line.proxy.cut()

    job = popped(line.broker)
    line.proxy.cut()
    line.broker.bury("q", job)


def test_a_wait_that_is_cut_says_so_and_the_next_one_works(line: Line, broker: Broker) -> None:
    waiting = Background(lambda: line.broker.pop("q", 30, wait=60))
    waiting.pause()

    line.proxy.cut()
    with pytest.raises(ConnectionLost):
        waiting.result("the wait did not end")

    broker.push(Job("a"), "q")
    assert popped(line.broker, wait=30).name == "a"


def test_a_server_that_falls_silent_is_not_asked_twice(url: str, broker: Broker) -> None:
    proxy, through = Proxy.before(url.replace("timeout=30", "timeout=2"))
    with proxy, new_broker(through) as hasty:
        hasty.push(Job("a"), "q")
        connections = proxy.connections

        with proxy.stalled():
            with pytest.raises(ConnectionLost, match="in time"):
                hasty.push(Job("b"), "q")
            assert proxy.connections == connections

        hasty.push(Job("c"), "q")
        assert {"a", "c"} <= {job.name for job in broker.pop_many("q", 30, 10)}
