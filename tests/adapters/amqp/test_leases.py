"""Leases that only the client keeps."""

import time
from collections.abc import Callable
from copy import copy

import pytest

from linda_core import Broker, ConnectionLost, Job, LeaseLost, LimitExceeded, new_broker
from linda_core.conformance.background import Background
from linda_core.conformance.crime import Victim
from linda_core.conformance.promises.fencing import SETTLEMENTS
from linda_core.conformance.proxy import Proxy
from linda_core.conformance.silence import Silence
from tests.conftest import PrivateServer
from tests.servers.rabbitmq import rabbitmq
from tests.servers.server import Server


def test_a_frozen_holder_loses_its_jobs_when_the_server_misses_its_heartbeats(
    rabbitmq_server: Server, broker: Broker, queue: str
) -> None:
    broker.push(Job("Frozen"), queue)
    with Victim(f"{rabbitmq_server.url}?heartbeat=1", queue, "dawdle", 0.5) as victim:
        held = victim.says()
        victim.freeze()
        back = broker.pop(queue, 60, wait=10)
        victim.thaw()
        victim.hears("delete it now")

        assert back is not None
        assert back.id == held
        assert back.attempts == 2
        assert victim.says() == "lost"
    broker.delete(queue, back)


def test_a_late_hand_is_refused_before_a_byte_is_sent(rabbitmq_server: Server, broker: Broker, queue: str) -> None:
    """Whether the lease ran out or the connection broke: the tag would be another job's, or close the channel."""
    proxy, url = Proxy.before(rabbitmq_server.url)
    with proxy, new_broker(f"{url}?heartbeat=60") as late:
        silence = Silence(late, proxy)
        losses: dict[float, Callable[[], None]] = {0.05: lambda: None, 60: proxy.cut}
        for lease, lose in losses.items():
            broker.push(Job("Held"), queue)
            held = late.pop(queue, lease, wait=5)
            assert held is not None
            lose()
            back = broker.pop(queue, 60, wait=5)
            assert back is not None
            assert back.id == held.id

            for settle in SETTLEMENTS.values():
                with silence(), pytest.raises(LeaseLost):
                    settle(late, queue, copy(held))
            broker.delete(queue, back)


def test_a_job_that_never_rests_starves_no_heartbeat_and_is_settled_from_any_thread(
    another: Callable[..., Broker], queue: str
) -> None:
    broker = another("heartbeat=1")
    broker.push(Job("Busy"), queue)
    job = broker.pop(queue, 60, wait=5)
    assert job is not None

    over = time.monotonic() + 4  # the server has closed the connection of a frozen holder by then
    while time.monotonic() < over:
        pass
    Background(lambda: broker.delete(queue, job)).result("settling from another thread got stuck")

    assert broker.counts(queue).ready == 0


def test_a_job_cannot_be_held_longer_than_the_server_lets_a_consumer(
    another: Callable[..., Broker], queue: str
) -> None:
    broker = another("consumer_timeout=11")  # of which ten seconds are left unused
    broker.push(Job("Held"), queue)
    assert broker.limits.hold == 1.0
    with pytest.raises(LimitExceeded):
        broker.pop(queue, 1.5)
    job = broker.pop(queue, 0.8, wait=5)
    assert job is not None

    broker.touch(queue, job, 0.5)
    time.sleep(0.3)
    with pytest.raises(LimitExceeded, match="consumer_timeout"):
        broker.touch(queue, job, 0.9)

    broker.delete(queue, job)


def test_no_limit_where_the_server_has_none(another: Callable[..., Broker]) -> None:
    assert another("consumer_timeout=0").limits.hold == float("inf")


def test_a_consumer_timeout_that_was_not_told_is_named_and_costs_no_job(
    private_server: PrivateServer, queue: str, caplog: pytest.LogCaptureFixture
) -> None:
    server = private_server(rabbitmq(consumer_timeout="1000"))
    with new_broker(server.url) as holder, new_broker(server.url) as other:
        holder.push(Job("Held"), queue)
        held = holder.pop(queue, 60, wait=5)
        assert held is not None

        with pytest.raises(ConnectionLost, match="consumer_timeout=SECONDS"):
            holder.pop("elsewhere", 60, wait=20)

        assert "consumer_timeout=SECONDS" in caplog.text
        again = other.pop(queue, 60, wait=20)
        assert again is not None
        assert again.id == held.id
        with pytest.raises(LeaseLost):
            holder.delete(queue, held)
        other.delete(queue, again)


def test_a_job_is_touched_to_the_last_second_that_the_server_allows(private_server: PrivateServer, queue: str) -> None:
    server = private_server(rabbitmq(consumer_timeout="14000"))
    with new_broker(f"{server.url}?consumer_timeout=14") as broker:
        broker.push(Job("Long"), queue)
        job = broker.pop(queue, 1, wait=5)
        assert job is not None

        with pytest.raises(LimitExceeded, match="consumer_timeout"):
            touch_for_ever(broker, queue, job)

        broker.delete(queue, job)


def touch_for_ever(broker: Broker, queue: str, job: Job) -> None:
    for _ in range(100):
        broker.touch(queue, job, 1)
        time.sleep(0.2)
