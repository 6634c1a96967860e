"""What the server counts, lists and drops, beside what other programs do there."""

import logging

import pytest

from linda_core import Broker, Job, new_broker
from linda_core.capabilities import Durability
from linda_nsq import names
from linda_nsq.durability import SAFEST
from tests.adapters.nsq.addresses import address_of, admin_of
from tests.conftest import PrivateServer
from tests.servers.nsqd import nsqd
from tests.servers.server import Server
from tests.servers.waiting import wait_until


@pytest.mark.parametrize("name", ["emails:high", "名前" * 40, "q" * 100, "a#ephemeral", "linda.names"])
def test_any_name_is_listed_and_counted(broker: Broker, queue: str, name: str) -> None:
    unique = f"{name}{queue}"[-100:] if len(name) < 60 else f"{queue[-15:]}{name}"[:100]
    broker.push(Job("Ready"), unique)
    broker.later(60, Job("Delayed"), unique)

    assert unique in broker.queues()
    # What is on its way from a topic to its channel is in neither for a moment.
    assert wait_until(lambda: broker.counts(unique) == (1, 1, 0, 0), patience=10)
    broker.purge(unique)
    assert broker.counts(unique) == (0, 0, 0, 0)


def test_a_topic_that_linda_never_consumed_is_no_queue(nsqd_server: Server, broker: Broker, queue: str) -> None:
    admin_of(nsqd_server).create(queue, ["somebody"])

    assert queue not in broker.queues()


def test_other_programs_channels_keep_their_messages(nsqd_server: Server, broker: Broker, queue: str) -> None:
    admin = admin_of(nsqd_server)
    admin.create(queue, ["archive", names.CHANNEL])
    broker.push(Job("Both"), queue)
    assert wait_until(lambda: admin.topics(queue)[queue].channels["archive"].depth == 1, patience=10)

    broker.purge(queue)

    assert broker.counts(queue).ready == 0
    assert admin.topics(queue)[queue].channels["archive"].depth == 1


def test_a_safe_server_needs_no_advice(nsqd_server: Server, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING), new_broker(nsqd_server.url) as broker:
        assert broker.capabilities.durability is Durability.RESTART
        assert broker.server.startswith("nsqd 1.")

    assert caplog.messages == []


@pytest.mark.parametrize(
    ("flags", "advice"),
    [
        (("-sync-every=1",), "up to 10,000 jobs of each queue"),
        (("-mem-queue-size=0",), "up to 2,500, or those of 2 s"),
    ],
)
def test_a_server_that_may_lose_jobs_is_warned_of_once(
    private_server: PrivateServer, caplog: pytest.LogCaptureFixture, flags: tuple[str, ...], advice: str
) -> None:
    server = private_server(nsqd(*flags))

    with caplog.at_level(logging.WARNING), new_broker(server.url) as broker:
        broker.push(Job("Warned"), "queue")
        broker.pop("queue", 0, wait=5)

    (message,) = caplog.messages
    assert advice in message
    assert SAFEST in message
    assert str(address_of(server).tcp) in message


def test_the_servers_limits_are_linda_s(private_server: PrivateServer) -> None:
    with new_broker(private_server(nsqd("-max-msg-timeout=2m", "-max-msg-size=20000")).url) as broker:
        assert broker.limits.hold == 119
        assert broker.limits.body < 20000
