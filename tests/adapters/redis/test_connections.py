"""Every kind of URL reaches its server, and those that cannot say why."""

from collections.abc import Callable
from urllib.parse import urlsplit

import pytest

from linda_core import Broker, BrokerUnavailable, InvalidURL, Job, new_broker
from linda_core.conformance.background import Background
from linda_redis import waiter
from tests.adapters.redis.conftest import Command, commands_at
from tests.conftest import PrivateServer
from tests.servers.local import LocalServer
from tests.servers.redis import redis, redis_sentinel
from tests.servers.server import Server
from tests.servers.waiting import wait_until

PrivateRedis = Callable[..., LocalServer]


@pytest.fixture
def private(private_server: PrivateServer) -> PrivateRedis:
    """A server of our own, for certain on this machine."""

    def get(*options: str) -> LocalServer:
        server = private_server(redis(*options))
        if not isinstance(server, LocalServer):
            pytest.skip("the server's folder cannot be reached")
        return server

    return get


@pytest.fixture(autouse=True)
def unaided(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody looks for himself: who is not woken sleeps on."""
    monkeypatch.setattr(waiter, "RECHECK", 60)


def serves(broker: Broker) -> None:
    """All that a connection is used for: commands, large ones, and waits."""
    broker.purge("q")
    broker.push(Job("small"), "q")
    broker.push(Job("large", ["x" * 1_000_000]), "q")
    jobs = broker.pop_many("q", 30, 10)
    assert [job.name for job in jobs] == ["small", "large"]
    broker.delete_many("q", jobs)
    assert broker.pop("q", 30, wait=0.05) is None
    waiting = Background(lambda: broker.pop(("p", "q"), 30, wait=60))
    waiting.pause()
    broker.push(Job("late"), "q")
    job = waiting.result("the push woke nobody")
    assert job
    broker.delete("q", job)
    broker.push_many([Job("delayed") for _ in range(3)], "q", delay=0.2)
    pops = [Background(lambda: broker.pop("q", 30, wait=60)) for _ in range(3)]
    for pop in pops:
        job = pop.result("a delay was over, and somebody slept on")
        assert job
        broker.delete("q", job)
    assert broker.queues() == []


def port(server: Server) -> int:
    return urlsplit(server.url).port or 0


def test_a_socket(private: PrivateRedis) -> None:
    server = private()
    with new_broker(f"redis+unix://{server.folder}/redis.sock?db=3") as broker:
        serves(broker)


def test_tls(redis_tls_server: Server) -> None:
    assert isinstance(redis_tls_server, LocalServer)
    with new_broker(f"{redis_tls_server.url}?ca={redis_tls_server.folder}/server.crt") as broker:
        serves(broker)


def test_tls_to_a_server_that_cannot_prove_who_it_is(redis_tls_server: Server) -> None:
    with pytest.raises(BrokerUnavailable, match="certificate verify failed"):
        new_broker(redis_tls_server.url)

    with new_broker(f"{redis_tls_server.url}?verify=false") as broker:
        serves(broker)


def test_a_cluster(redis_cluster_server: Server) -> None:
    with new_broker(redis_cluster_server.url) as broker:
        serves(broker)


def test_sentinel(redis_sentinel_server: Server) -> None:
    with new_broker(f"{redis_sentinel_server.url}/2") as broker:
        serves(broker)


def test_sentinel_leads_to_the_next_primary(private_server: PrivateServer) -> None:
    server = private_server(redis_sentinel())
    assert isinstance(server, LocalServer)
    with new_broker(f"{server.url}?timeout=1") as broker:
        broker.push(Job("a"), "q")

        server.programs[0].kill()

        def reached() -> bool:
            try:
                broker.push(Job("b"), "q")
            except BrokerUnavailable:
                return False
            return True

        assert wait_until(reached, patience=30)
        serves(broker)


def test_a_password_and_a_name(private: PrivateRedis) -> None:
    server = private()
    for command in commands_at(server.url):
        command("ACL", "SETUSER", "linda", "on", ">p@ss", "~*", "+@all")
        command("ACL", "SETUSER", "default", "off")

    with new_broker(server.url.replace("redis://", "redis://linda:p%40ss@")) as broker:
        serves(broker)
    for login in ("linda:wrong@", "nobody:p%40ss@", ""):
        with pytest.raises(BrokerUnavailable, match=r"invalid username|Authentication required"):
            new_broker(server.url.replace("redis://", f"redis://{login}"))


def test_databases_share_nothing(redis_server: Server, prefix: str) -> None:
    address = f"redis://127.0.0.1:{port(redis_server)}"
    with new_broker(f"{address}/4?prefix={prefix}") as four, new_broker(f"{address}?prefix={prefix}") as zero:
        four.push(Job("a"), "q")

        assert zero.pop("q", 30) is None
        four.purge("q")


def test_nobody_there() -> None:
    with pytest.raises(BrokerUnavailable, match="refused"):
        new_broker("redis://127.0.0.1:1")
    with pytest.raises(BrokerUnavailable, match="No such file"):
        new_broker("redis+unix:///nowhere/redis.sock")
    with pytest.raises(BrokerUnavailable, match=r"no Sentinel names a primary for 'main'.*refused"):
        new_broker("redis+sentinel://127.0.0.1:1/main")
    with pytest.raises(BrokerUnavailable, match="refused"):
        new_broker("redis+cluster://127.0.0.1:1,127.0.0.1:2")


def test_a_server_that_takes_no_more_clients(private: PrivateRedis) -> None:
    server = private("--maxclients", "1")
    with new_broker(server.url) as broker:
        broker.push(Job("a"), "q")
        with pytest.raises(BrokerUnavailable, match="max number of clients"):
            new_broker(server.url)


def test_sentinel_without_that_primary(redis_sentinel_server: Server) -> None:
    with pytest.raises(BrokerUnavailable, match="does not know it"):
        new_broker(f"redis+sentinel://127.0.0.1:{port(redis_sentinel_server)}/another")


def test_the_wrong_scheme(redis_cluster_server: Server, redis_sentinel_server: Server) -> None:
    with pytest.raises(InvalidURL, match=r"write redis\+cluster"):
        new_broker(f"redis://127.0.0.1:{port(redis_cluster_server)}")
    with pytest.raises(InvalidURL, match=r"write redis\+sentinel"):
        new_broker(f"redis://127.0.0.1:{port(redis_sentinel_server)}")


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("redis://localhost/zero", "database 'zero' is not a whole number"),
        ("redis://localhost/0/1", "only a database number"),
        ("redis://a,b", "several hosts"),
        ("redis://localhost?ca=file", "unknown option 'ca'"),
        ("redis://localhost?prefix=a:b", "prefix 'a:b'"),
        ("redis://localhost?prefix=", "prefix ''"),
        ("redis://localhost?timeout=0", "timeout=0.0"),
        ("redis://localhost?timeout=nan", "timeout=nan"),
        ("redis+unix://localhost/socket", "no host"),
        ("redis+unix://", "path of a socket"),
        ("redis+sentinel://localhost", "lacks the primary's name"),
        ("redis+sentinel://localhost/main?ca=file", "only with tls=true"),
        ("redis+cluster://localhost/1", "no numbered databases"),
    ],
)
def test_a_url_that_makes_no_sense(url: str, reason: str) -> None:
    with pytest.raises(InvalidURL, match=reason):
        new_broker(url)


def test_a_broker_outlives_its_server(private: PrivateRedis) -> None:
    server = private()
    with new_broker(server.url) as broker:
        broker.push_many([Job("a"), Job("b")], "q")
        held = broker.pop("q", 30)
        broker.later(60, Job("c"), "q")
        assert held

        server.kill()
        with pytest.raises(BrokerUnavailable):
            broker.push(Job("d"), "q")
        server.start()

        assert broker.counts("q") == (1, 1, 1, 0)
        broker.delete("q", held)
        serves(broker)


def test_a_server_that_forgot_its_scripts_learns_them_again(broker: Broker, command: Command) -> None:
    broker.push(Job("a"), "q")

    command("SCRIPT", "FLUSH")

    job = broker.pop("q", 30)
    assert job
    command("SCRIPT", "FLUSH")
    broker.delete("q", job)


def test_a_password_is_never_shown(private: PrivateRedis) -> None:
    server = private()
    for command in commands_at(server.url):
        command("CONFIG", "SET", "requirepass", "hidden-word")
    with new_broker(server.url.replace("redis://", "redis://:hidden-word@")) as broker:
        serves(broker)
        assert "hidden-word" not in repr(broker)

        server.kill()
        with pytest.raises(BrokerUnavailable) as caught:
            broker.push(Job("a"), "q")

    assert "hidden-word" not in str(caught.value)


def test_no_connection_is_left(private: PrivateRedis) -> None:
    server = private()
    for command in commands_at(server.url):
        with new_broker(server.url) as broker:
            serves(broker)

        assert wait_until(lambda: command("CLIENT", "LIST").count(b"\n") == 1, patience=5)  # noqa: B023
