"""A server that is short of memory stops reading from publishers."""

from collections.abc import Iterator

import pytest

from linda_core import Broker, BrokerUnavailable, ConnectionLost, Job, new_broker
from tests.servers.rabbitmq import control
from tests.servers.server import Server


def push_three(broker: Broker, queue: str) -> None:
    """The server notices its need at the first push, and may still take that one."""
    for _ in range(3):
        broker.push(Job("During"), queue)


@pytest.fixture
def starved_server(ordered_server: Server) -> Iterator[Server]:
    """Starved by the test, fed after it."""
    yield ordered_server
    control(ordered_server, "set_vm_memory_high_watermark", "0.4")


def test_pushing_fails_clearly_and_consuming_goes_on(starved_server: Server, queue: str) -> None:
    with new_broker(f"{starved_server.url}?blocked_timeout=1") as broker:
        broker.push_many([Job("Before") for _ in range(3)], queue)
        control(starved_server, "set_vm_memory_high_watermark", "0.00000001")
        with pytest.raises((BrokerUnavailable, ConnectionLost)):
            push_three(broker, queue)

        for _ in range(3):
            job = broker.pop(queue, 60, wait=5)
            assert job is not None
            broker.delete(queue, job)

        control(starved_server, "set_vm_memory_high_watermark", "0.4")
        broker.push(Job("After"), queue)
