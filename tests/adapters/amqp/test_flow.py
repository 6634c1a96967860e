"""A server that is short of memory or disk stops reading from publishers."""

from collections.abc import Iterator

import pytest

from linda_amqp import AmqpDriver
from linda_core import Broker, BrokerUnavailable, ConnectionLost, Job, new_broker
from linda_core.conformance.background import Background
from tests.servers.rabbitmq import control
from tests.servers.server import Server
from tests.servers.waiting import wait_until

#: What the operator does, and what the server then says.
NEEDS = {
    "low on memory": ("set_vm_memory_high_watermark", "0.00000001", "0.4"),
    "low on disk": ("set_disk_free_limit", "1000000GB", "50MB"),
}


@pytest.fixture(params=NEEDS)
def need(request: pytest.FixtureRequest, ordered_server: Server) -> Iterator[str]:
    """Ended after the test."""
    yield request.param
    feed(ordered_server, request.param)


def starve(server: Server, need: str) -> None:
    command, low, _ = NEEDS[need]
    control(server, command, low)


def feed(server: Server, need: str) -> None:
    command, _, enough = NEEDS[need]
    control(server, command, enough)


def push_until_told(broker: Broker, queue: str) -> None:
    """The server notices its need at the first push, and may still take that one."""
    for _ in range(3):
        broker.push(Job("During"), queue)


def test_pushing_fails_clearly_and_consuming_goes_on(ordered_server: Server, need: str, queue: str) -> None:
    with new_broker(f"{ordered_server.url}?blocked_timeout=1") as broker:
        broker.push_many([Job("Before") for _ in range(4)], queue)
        jobs = broker.pop_many(queue, 60, 3, wait=5)
        assert len(jobs) == 3
        starve(ordered_server, need)

        for _ in range(2):
            with pytest.raises(ConnectionLost, match="short of memory or disk, took no messages"):
                push_until_told(broker, queue)
        with pytest.raises(ConnectionLost, match="blocked_timeout"):
            broker.bury(queue, jobs[0])
        broker.delete_many(queue, jobs)
        last = broker.pop(queue, 60, wait=5)
        assert last is not None
        broker.delete(queue, last)

        feed(ordered_server, need)
        broker.push(Job("After"), queue)


def test_who_waits_is_served_when_the_need_is_over_and_whoever_comes_is_told_at_once(
    ordered_server: Server, need: str, queue: str
) -> None:
    with new_broker(f"{ordered_server.url}?blocked_timeout=60") as broker:
        broker.push(Job("Before"), queue)
        starve(ordered_server, need)
        waiting = Background(lambda: push_until_told(broker, queue))
        driver = broker._link.driver
        assert isinstance(driver, AmqpDriver)
        publishing = driver._client._publisher.connection
        assert wait_until(lambda: bool(publishing.blocked), patience=20)

        with pytest.raises(BrokerUnavailable, match=need):
            broker.push(Job("Refused"), queue)

        assert not waiting.done
        feed(ordered_server, need)
        waiting.result("the need was over, and the push still waited")
        assert broker.counts(queue).ready == 4
