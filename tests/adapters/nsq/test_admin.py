"""The HTTP interfaces of nsqd and nsqlookupd."""

import subprocess
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from linda_core.driver import BrokerURL
from linda_nsq.admin import Admin, Channel, Topic, Web
from linda_nsq.failures import Refused, Unreachable
from linda_nsq.lookup import discovered
from linda_nsq.options import DirectOptions, options_of
from linda_nsq.settings import settings_of
from tests.adapters.nsq.addresses import admin_of
from tests.conftest import PrivateServer
from tests.servers.local import LocalServer
from tests.servers.nsqd import nsq_cluster, nsqd, nsqd_tls
from tests.servers.port import free_port
from tests.servers.server import Server
from tests.servers.waiting import wait_until

_CONNECTIONS = Path("/proc/net/tcp")
_TIME_WAIT = "06"


@pytest.fixture
def admin(nsqd_server: Server) -> Admin:
    return admin_of(nsqd_server)


@pytest.fixture
def topic(queue: str) -> str:
    return queue


def publish(admin: Admin, topic: str, *bodies: str) -> None:
    """As a foreign program does."""
    for body in bodies:
        target = f"{admin.web}/pub?topic={topic}"
        subprocess.run(["curl", "-sf", "-d", body, target], check=True, timeout=10, capture_output=True)


def test_topics_and_channels_are_made_once(admin: Admin, topic: str) -> None:
    admin.create(topic, ["one", "two"])
    admin.create(topic, ["two"])
    nothing = Channel(depth=0, in_flight=0, deferred=0, paused=False)
    assert admin.topics(topic) == {topic: Topic(0, {"one": nothing, "two": nothing}, paused=False)}
    assert topic in admin.topics()


def test_messages_are_counted_and_dropped(admin: Admin, topic: str) -> None:
    admin.create(topic, [])
    publish(admin, topic, "a", "b")
    assert admin.topics(topic)[topic].depth == 2

    admin.create(topic, ["linda", "another"])
    publish(admin, topic, "c")

    def waiting() -> tuple[int, bool]:
        channels = admin.topics(topic)[topic].channels
        return channels["linda"].depth, channels["another"].depth > 0

    assert wait_until(lambda: waiting() == (3, True), patience=10)
    admin.empty(topic, "linda")

    assert waiting() == (0, True), "a channel of somebody else was emptied"


def test_emptying_what_is_not_there(admin: Admin, topic: str) -> None:
    admin.empty(topic, "linda")

    assert admin.topics(topic) == {}


def test_a_topic_that_nsqd_refuses(admin: Admin) -> None:
    with pytest.raises(Refused, match="INVALID_TOPIC"):
        admin.create("no topic", [])


def test_a_server_tells_what_it_is_set_to(private_server: PrivateServer) -> None:
    settings = settings_of(admin_of(private_server(nsqd("-mem-queue-size=7", "-max-msg-timeout=90s"))))

    assert settings.version.startswith("1.")
    assert settings.max_msg_size == 1024 * 1024
    assert settings.max_msg_timeout == 90
    assert (settings.mem_queue_size, settings.sync_every, settings.sync_timeout) == (7, 2500, 2)


def test_nobody_there() -> None:
    with pytest.raises(Unreachable, match="refused"):
        Admin(Web("127.0.0.1", free_port())).topics()


def test_a_port_that_speaks_something_else(nsqd_server: Server, redis_server: Server) -> None:
    for server in (nsqd_server, redis_server):
        with pytest.raises(Unreachable, match=r"the HTTP interface, http://127.0.0.1:\d+"):
            Admin(Web("127.0.0.1", urlsplit(server.url).port or 0, timeout=1)).topics()


def test_a_server_that_does_not_answer(private_server: PrivateServer) -> None:
    server = private_server(nsqd())
    admin = admin_of(server)
    impatient = Admin(Web(admin.web.host, admin.web.port, timeout=0.1))
    server.pause()

    def silent() -> bool:
        try:
            impatient.topics()
        except Unreachable as error:
            return "timed out" in str(error)
        return False

    assert wait_until(silent, patience=10), "it still answers, or the silence is told as something else"


def test_a_server_whose_http_wants_tls(private_server: PrivateServer) -> None:
    port = free_port()
    server = private_server(nsqd_tls("-tls-required=true", f"-https-address=127.0.0.1:{port}"))
    assert isinstance(server, LocalServer)
    with pytest.raises(Unreachable, match="https=4152"):
        admin_of(server).topics()

    url = BrokerURL.parse(f"nsq://127.0.0.1?https={port}&ca={server.folder / 'server.crt'}")
    secured = Web("127.0.0.1", port, options_of(url).context(url))
    assert Admin(secured).topics() == {}
    with pytest.raises(Unreachable, match="ca=FILE"):
        Admin(Web("127.0.0.1", port, DirectOptions().context(url))).topics()


def test_nsqlookupd_tells_each_server_and_another_that_is_gone_does_no_harm(private_server: PrivateServer) -> None:
    server = private_server(nsq_cluster())
    lookup = Web("127.0.0.1", urlsplit(server.url).port or 0)
    nobody = Web("127.0.0.1", free_port())

    addresses = discovered([nobody, lookup, lookup])

    assert len(addresses) == 2
    assert [address.host for address in addresses] == ["127.0.0.1"] * 2
    assert all(settings_of(Admin(Web(address.host, address.http))).sync_every == 1 for address in addresses)
    with pytest.raises(Unreachable, match="no nsqlookupd answers"):
        discovered([nobody, nobody])


@pytest.mark.skipif(not _CONNECTIONS.exists(), reason="only Linux shows its connections as files")
def test_what_was_asked_leaves_no_port_occupied(admin: Admin) -> None:
    before = waiting(admin.web.port)
    for _ in range(20):
        admin.topics("nothing")

    assert waiting(admin.web.port) <= before


def waiting(port: int) -> int:
    """How many connections to `port` are over, and keep their own port for a minute."""
    connections = [line.split() for line in _CONNECTIONS.read_text().splitlines()[1:]]
    return sum(1 for words in connections if words[2].endswith(f":{port:04X}") and words[3] == _TIME_WAIT)
