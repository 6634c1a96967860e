"""Three brokers, and what becomes of a ledger when the one that leads it is lost."""

from collections import Counter
from collections.abc import Callable
from threading import Event

import pytest
from confluent_kafka.admin import AdminClient

from linda_core import Broker, Job, new_broker
from linda_core.conformance.background import Background
from tests.conftest import PrivateServer
from tests.servers.kafka_cluster import KafkaCluster, kafka_cluster
from tests.servers.waiting import wait_until

HOLD = 60.0


@pytest.fixture
def cluster(private_server: PrivateServer) -> KafkaCluster:
    server = private_server(kafka_cluster())
    assert isinstance(server, KafkaCluster)
    return server


@pytest.fixture
def another(cluster: KafkaCluster) -> Callable[[], Broker]:
    return lambda: new_broker(f"{cluster.url}?timeout=30")


@pytest.fixture
def admin(cluster: KafkaCluster) -> AdminClient:
    return AdminClient({"bootstrap.servers": cluster.url.rpartition("/")[2]})


def leader(admin: AdminClient) -> int:
    """The id of the node that leads the ledger."""
    return int(admin.list_topics("linda", timeout=10).topics["linda"].partitions[0].leader)


@pytest.mark.slow
def test_no_job_is_lost_or_run_twice_when_the_leader_is_killed(
    cluster: KafkaCluster, another: Callable[[], Broker], admin: AdminClient
) -> None:
    taken: Counter[int] = Counter()
    pushed, stop = list[int](), Event()

    def push() -> None:
        with another() as broker:
            while not stop.wait(0.005):
                broker.push(Job("Counted", [len(pushed)]), "q")
                pushed.append(len(pushed))

    def take() -> None:
        with another() as broker:
            while not stop.is_set() or sum(broker.counts("q")):  # type: ignore[arg-type]
                for job in broker.pop_many("q", HOLD, 20, wait=0.5):
                    taken[job.args[0]] += 1
                    broker.delete("q", job)

    another().close()
    threads = [Background(push), Background(take), Background(take)]
    assert wait_until(lambda: len(taken) > 100, patience=30)
    lost = leader(admin)
    cluster.programs[lost - 1].kill()
    assert wait_until(lambda: leader(admin) not in {lost, -1}, patience=60)
    so_far = len(taken)
    assert wait_until(lambda: len(taken) > so_far + 100, patience=60)
    stop.set()
    for thread in threads:
        thread.result("a thread did not end", timeout=60)

    assert taken == Counter(pushed)


def test_a_ledger_is_kept_on_three_brokers(another: Callable[[], Broker], admin: AdminClient) -> None:
    another().close()

    topics = admin.list_topics(timeout=10).topics
    assert [len(topics[name].partitions[0].replicas) for name in ("linda", "linda.snapshots")] == [3, 3]
