"""The topics of a ledger: made as it needs them, and refused where they would lose jobs."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from confluent_kafka import TopicCollection
from confluent_kafka.admin import AdminClient
from confluent_kafka.cimpl import NewTopic

from linda_core import Broker, BrokerError, Job, LimitExceeded, new_broker
from linda_core.conformance.promises.limits import job_of
from tests.adapters.kafka.conftest import change, settings_of
from tests.conftest import PrivateServer
from tests.servers.kafka import kafka
from tests.servers.waiting import wait_until

KEPT = {"cleanup.policy": "delete", "retention.ms": "-1", "retention.bytes": "-1"}
STAMPED = {"message.timestamp.type": "LogAppendTime"}


@pytest.mark.usefixtures("broker")
def test_they_are_made_so_that_nothing_is_thrown_away(admin: AdminClient, ledger: str) -> None:
    described = admin.describe_topics(TopicCollection([ledger, f"{ledger}.snapshots"]))

    assert [len(topic.result(10).partitions) for topic in described.values()] == [1, 1]
    assert (KEPT | STAMPED).items() <= settings_of(admin, ledger).items()
    assert KEPT.items() <= settings_of(admin, f"{ledger}.snapshots").items()


def test_a_cluster_that_makes_topics_by_itself_does_not_make_these(private_server: PrivateServer) -> None:
    server = private_server(kafka(auto__create__topics__enable="true", num__partitions="7"))

    with new_broker(server.url) as broker:
        broker.push(Job("Hello"), "q")
        assert broker.counts("q").ready == 1


def test_many_that_connect_at_once_make_them_once(url: str) -> None:
    with ThreadPoolExecutor(8) as threads:
        brokers = list(threads.map(new_broker, [url] * 8))

    brokers[0].push_many([Job("Hello") for _ in brokers], "q")
    assert all(broker.pop("q", 30) for broker in brokers)
    for broker in brokers:
        broker.close()


@pytest.mark.usefixtures("broker")
@pytest.mark.parametrize("part", ["", ".snapshots"])
@pytest.mark.parametrize(
    ("setting", "value"),
    [("cleanup.policy", "compact"), ("retention.ms", "604800000"), ("retention.bytes", "1000000")],
)
def test_a_topic_that_would_lose_jobs(
    admin: AdminClient, url: str, ledger: str, part: str, setting: str, value: str
) -> None:
    change(admin, ledger + part, {setting: value})

    with pytest.raises(BrokerError, match=rf"'{ledger}{part}' has {setting}={value}, Linda needs .*--add-config"):
        new_broker(url)

    change(admin, ledger + part, KEPT)
    new_broker(url).close()


@pytest.mark.usefixtures("broker")
def test_a_topic_that_keeps_the_time_of_its_producers(admin: AdminClient, url: str, ledger: str) -> None:
    change(admin, ledger, {"message.timestamp.type": "CreateTime"})

    with pytest.raises(BrokerError, match="Linda needs LogAppendTime"):
        new_broker(url)


def test_a_topic_with_several_partitions(admin: AdminClient, url: str, ledger: str) -> None:
    admin.create_topics([NewTopic(ledger, 3, 1, config=KEPT | STAMPED)])[ledger].result(10)

    with pytest.raises(BrokerError, match=rf"'{ledger}' has 3 partitions, Linda needs 1"):
        new_broker(url)


def test_more_copies_than_brokers(url: str) -> None:
    with pytest.raises(BrokerError, match=r"cannot make topic .* replication=…"):
        new_broker(f"{url}?replication=2")


def test_the_longest_body_is_what_the_topic_takes(url: str, admin: AdminClient, ledger: str) -> None:
    new_broker(url).close()
    change(admin, ledger, {"max.message.bytes": "20000"})
    queue = "\N{GRINNING FACE}" * 100

    with new_broker(url) as broker:
        broker.later(60, job_of(broker.limits.body, queue), queue)
        with pytest.raises(LimitExceeded, match=r"its limit is 17952"):
            broker.push(job_of(broker.limits.body + 1, queue), queue)


def test_a_topic_that_takes_less_than_it_did(broker: Broker, admin: AdminClient, ledger: str) -> None:
    accepted = [Job("Hello")]
    broker.push(accepted[0], "q")
    change(admin, ledger, {"max.message.bytes": "20000"})

    def push() -> bool:
        """The part of the broker that keeps the log hears of the setting last."""
        job = job_of(30_000, "q")
        broker.push(job, "q")
        accepted.append(job)
        return False

    with pytest.raises(LimitExceeded, match=r"MSG_SIZE_TOO_LARGE.*max.message.bytes"):
        wait_until(push, patience=10)
    broker.push(Job("Hello"), "q")
    assert broker.counts("q").ready == len(accepted) + 1
