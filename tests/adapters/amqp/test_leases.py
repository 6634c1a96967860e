"""Leases that only the client keeps."""

import time
from collections.abc import Callable

import pytest

from linda_core import Broker, Job, LimitExceeded
from linda_core.conformance.crime import Victim
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
