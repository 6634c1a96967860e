"""What a server says of itself at the start, and what its operator is told."""

import logging
from collections.abc import Callable

import pytest

from linda_core import Job, LimitExceeded, envelope, new_broker
from linda_core.capabilities import Durability
from tests.servers.server import Server

PrivateRedis = Callable[..., Server]

#: What the README says a user needs.
LEAST = "~{linda:* +@read +@write +@scripting +@connection +@blocking +time"


def test_a_durable_server_needs_no_advice(redis_server: Server, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING), new_broker(redis_server.url) as broker:
        assert broker.capabilities.durability is Durability.CRASH
        assert broker.server.startswith(("Redis ", "Valkey "))

    assert caplog.messages == []


@pytest.mark.parametrize(
    ("options", "durability", "advice"),
    [
        (("--appendonly", "no"), Durability.NONE, "saves nothing"),
        (("--appendonly", "no", "--save", "3600 1"), Durability.RESTART, "a crash loses all jobs since the last"),
        (("--appendonly", "yes", "--maxmemory-policy", "allkeys-lru"), Durability.CRASH, "throws jobs away"),
    ],
)
def test_a_server_that_may_lose_jobs_is_warned_of(
    private_redis: PrivateRedis,
    caplog: pytest.LogCaptureFixture,
    options: tuple[str, ...],
    durability: Durability,
    advice: str,
) -> None:
    server = private_redis(*options)

    with caplog.at_level(logging.WARNING), new_broker(server.url) as broker:
        assert broker.capabilities.durability is durability

    (message,) = caplog.messages
    assert advice in message
    assert server.url in message


@pytest.mark.parametrize(
    ("rules", "durability", "name"),
    [
        ("+@all ~* -config", Durability.CRASH, "Redis "),
        ("+@all ~* -config -info", Durability.NONE, "Redis"),
        (LEAST, Durability.NONE, "Redis"),
        (f"{LEAST} +info +config|get", Durability.CRASH, "Redis "),
    ],
)
def test_a_server_that_does_not_tell_still_serves(
    private_redis: PrivateRedis, rules: str, durability: Durability, name: str
) -> None:
    server = private_redis("--appendonly", "yes", "--user", "linda", "on", "nopass", *rules.split())

    with new_broker(server.url.replace("redis://", "redis://linda:any@")) as broker:
        assert broker.capabilities.durability is durability
        assert broker.limits.body == 512 * 1024 * 1024
        assert broker.server.startswith(name)
        broker.later(0.01, Job("a"), "q")
        job = broker.pop("q", 30, wait=5)
        assert job
        broker.delete("q", job)
        assert broker.queues() == []


def test_the_largest_body_is_the_servers(private_redis: PrivateRedis) -> None:
    with new_broker(private_redis("--proto-max-bulk-len", "1mb").url) as broker:
        limit = int(broker.limits.body)
        assert limit == 1024 * 1024
        job = Job("largest", ["x"])
        filling = "x" * (limit - len(envelope.encode(job, "q")) + 1)

        job.args = [filling + "x"]
        with pytest.raises(LimitExceeded, match=str(limit)):
            broker.push(job, "q")
        job.args = [filling]
        broker.push(job, "q")

        found = broker.pop("q", 30)
        assert found
        assert found.args == [filling]
