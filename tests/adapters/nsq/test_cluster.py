"""Several nsqd at once: jobs go to one that answers, and come from all."""

import logging
from urllib.parse import urlsplit

import pytest

from linda_core import Broker, BrokerUnavailable, ConnectionLost, Job, new_broker
from linda_core.conformance.background import Background
from linda_nsq.admin import Admin, Web
from linda_nsq.lookup import discovered
from linda_nsq.names import CHANNEL
from linda_nsq.options import Address
from tests.conftest import PrivateServer
from tests.servers.local import LocalServer
from tests.servers.nsqd import nsq_cluster
from tests.servers.port import free_port
from tests.servers.waiting import wait_until

FIRST, SECOND = 1, 2  # the programs of a cluster: nsqlookupd, and each nsqd


@pytest.fixture
def cluster(private_server: PrivateServer) -> LocalServer:
    server = private_server(nsq_cluster())
    assert isinstance(server, LocalServer)
    return server


def lookup_of(cluster: LocalServer) -> Web:
    return Web("127.0.0.1", urlsplit(cluster.url).port or 0)


def nodes(cluster: LocalServer) -> list[Address]:
    """Each nsqd, in the order of the cluster's programs."""
    known = {f"-tcp-address=127.0.0.1:{address.tcp}": address for address in discovered([lookup_of(cluster)])}
    return [known[word] for program in cluster.programs[1:] for word in program.command if word in known]


def admin(node: Address) -> Admin:
    return Admin(Web(node.host, node.http))


def put(node: Address, queue: str, *names: str) -> None:
    """Jobs on this one server."""
    with new_broker(f"nsq://{node.host}:{node.tcp}?http={node.http}") as broker:
        broker.push_many([Job(name) for name in names], queue)


def taken(broker: Broker, queue: str, number: int) -> set[str]:
    """The names of so many jobs, each taken for good."""
    jobs = [broker.pop(queue, 0, wait=20) for _ in range(number)]
    return {job.name for job in jobs if job is not None}


@pytest.fixture(params=["lookupd", "direct"])
def url(request: pytest.FixtureRequest, cluster: LocalServer) -> str:
    """Both ways to name the servers of a cluster."""
    if request.param == "lookupd":
        return cluster.url
    known = nodes(cluster)
    hosts = ",".join(f"{node.host}:{node.tcp}" for node in known)
    return f"nsq://{hosts}?http={','.join(str(node.http) for node in known)}"


def test_jobs_come_from_every_server(cluster: LocalServer, url: str, queue: str) -> None:
    first, second = nodes(cluster)
    put(first, queue, "a", "b")
    put(second, queue, "c", "d")

    with new_broker(url) as broker:
        assert broker.counts(queue).ready == 4
        assert broker.queues() == [queue]
        assert taken(broker, queue, 4) == {"a", "b", "c", "d"}


def test_delayed_and_buried_jobs_come_from_every_server(cluster: LocalServer, url: str, queue: str) -> None:
    for number, node in enumerate(nodes(cluster)):
        with new_broker(f"nsq://{node.host}:{node.tcp}?http={node.http}") as broker:
            broker.later(1, Job(f"delayed {number}"), queue)
            broker.push(Job(f"buried {number}"), queue)
            job = broker.pop(queue, 60, wait=5)
            assert job is not None
            broker.bury(queue, job, "broken")

    with new_broker(url) as broker:
        assert broker.counts(queue) == (0, 2, 0, 2)
        assert broker.kick(queue, 10) == 2
        assert taken(broker, queue, 4) == {"delayed 0", "delayed 1", "buried 0", "buried 1"}


def test_a_waiting_pop_is_woken_by_either_server(cluster: LocalServer, url: str, queue: str) -> None:
    with new_broker(url) as broker:
        for node in nodes(cluster):
            waiting = Background(lambda: broker.pop(queue, 0, wait=30))
            waiting.pause(0.3)
            put(node, queue, "woken")
            job = waiting.result("a pop was not woken", 5)
            assert job is not None


@pytest.mark.parametrize("gone", [FIRST, SECOND])
def test_one_server_that_dies_stops_nobody(cluster: LocalServer, url: str, queue: str, gone: int) -> None:
    with new_broker(url) as broker:
        broker.push_many([Job(str(number)) for number in range(10)], queue)
        assert taken(broker, queue, 10) == {str(number) for number in range(10)}
        cluster.programs[gone].kill()

        accepted = {job.name for job in map(Job, "abcdef") if pushed(broker, job, queue)}
        assert len(accepted) >= 5, "more than the one push whose connection broke was refused"
        assert taken(broker, queue, len(accepted)) == accepted
        assert broker.pop(queue, 60) is None


def pushed(broker: Broker, job: Job, queue: str) -> bool:
    try:
        broker.push(job, queue)
    except (BrokerUnavailable, ConnectionLost):
        return False
    return True


def test_the_jobs_of_a_server_that_comes_back_are_run(
    cluster: LocalServer, url: str, queue: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    first, _ = nodes(cluster)
    put(first, queue, "kept")
    assert wait_until(lambda: admin(first).topics(queue)[queue].channels[CHANNEL].depth == 1, patience=10)
    cluster.programs[FIRST].terminate()

    with new_broker(url) as broker:
        assert broker.pop(queue, 60) is None
        cluster.programs[FIRST].start()

        assert taken(broker, queue, 1) == {"kept"}


def test_a_server_that_comes_later_is_found(cluster: LocalServer, queue: str) -> None:
    first, _ = nodes(cluster)
    put(first, queue, "elsewhere")
    assert wait_until(lambda: admin(first).topics(queue)[queue].channels[CHANNEL].depth == 1, patience=10)
    cluster.programs[FIRST].terminate()
    assert wait_until(lambda: len(discovered([lookup_of(cluster)])) == 1, patience=10)

    with new_broker(cluster.url) as broker:
        broker.push(Job("here"), queue)
        assert taken(broker, queue, 1) == {"here"}
        cluster.programs[FIRST].start()

        assert taken(broker, queue, 1) == {"elsewhere"}


def test_a_lookup_that_is_gone_stops_nobody_who_has_asked_before(cluster: LocalServer, queue: str) -> None:
    with new_broker(cluster.url) as broker:
        cluster.programs[0].kill()
        broker.push(Job("known"), queue)
        assert taken(broker, queue, 1) == {"known"}

        with pytest.raises(BrokerUnavailable, match="no nsqlookupd answers"):
            new_broker(cluster.url)


def test_nobody_there() -> None:
    with pytest.raises(BrokerUnavailable, match="no nsqlookupd answers"):
        new_broker(f"nsq+lookupd://127.0.0.1:{free_port()}")

    with pytest.raises(BrokerUnavailable, match="refused"):
        new_broker(f"nsq://127.0.0.1:{free_port()}?http={free_port()}")


def test_a_lookup_without_servers(cluster: LocalServer) -> None:
    for program in cluster.programs[1:]:
        program.terminate()
    assert wait_until(lambda: not discovered([lookup_of(cluster)]), patience=10)

    with pytest.raises(BrokerUnavailable, match="knows no nsqd"):
        new_broker(cluster.url)
