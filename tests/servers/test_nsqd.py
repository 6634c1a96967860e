"""What a test relies on when it has an nsqd of its own."""

import http.client
import json
import socket
import ssl
from contextlib import closing
from urllib.parse import urlsplit

from tests.conftest import PrivateServer
from tests.servers.local import LocalServer
from tests.servers.nsqd import nsq_cluster, nsqd, nsqd_tls
from tests.servers.port import ask
from tests.servers.server import Server
from tests.servers.waiting import wait_until


def http_port(server: Server) -> int:
    return int(server.url.rpartition("=")[2])


def call(port: int, method: str, path: str, body: bytes = b"") -> bytes:
    with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=5)) as link:
        link.request(method, path, body)
        return link.getresponse().read()


def depth(server: Server) -> int:
    topics = json.loads(call(http_port(server), "GET", "/stats?format=json&topic=kept"))["topics"]
    return sum(topic["depth"] for topic in topics or ())


def test_a_kill_and_a_start_keep_ports_and_messages(private_server: PrivateServer) -> None:
    server = private_server(nsqd())
    assert call(http_port(server), "POST", "/pub?topic=kept", b"kept") == b"OK"
    assert depth(server) == 1  # answered once the message is on the disk, which OK does not wait for

    server.kill()
    server.start()

    assert depth(server) == 1


def test_options_replace_those_that_keep_messages(private_server: PrivateServer) -> None:
    server = private_server(nsqd("-max-msg-size=4"))
    assert call(http_port(server), "POST", "/pub?topic=kept", b"lost") == b"OK"
    assert b"TOO_BIG" in call(http_port(server), "POST", "/pub?topic=kept", b"longer")

    server.kill()
    server.start()

    assert depth(server) == 0


def test_tls_is_wanted_and_its_certificate_can_be_verified(private_server: PrivateServer) -> None:
    server = private_server(nsqd_tls())
    assert isinstance(server, LocalServer)
    port = urlsplit(server.url).port
    assert port is not None
    context = ssl.create_default_context(cafile=server.folder / "server.crt")

    assert b"TLS required" in ask(port, b"  V2PUB kept\n\0\0\0\4kept")
    identify = b'{"tls_v1": true, "feature_negotiation": true}'
    with socket.create_connection(("127.0.0.1", port), timeout=5) as plain:
        plain.sendall(b"  V2IDENTIFY\n" + len(identify).to_bytes(4, "big") + identify)
        assert b'"tls_v1":true' in plain.recv(4096)
        with context.wrap_socket(plain, server_hostname="127.0.0.1") as link:
            assert link.recv(100).endswith(b"OK")


def test_nsqlookupd_knows_both_servers_and_forgets_the_one_that_is_gone(private_server: PrivateServer) -> None:
    server = private_server(nsq_cluster())
    lookup = int(server.url.rpartition(":")[2])

    def known() -> int:
        return len(json.loads(call(lookup, "GET", "/nodes"))["producers"])

    assert known() == 2
    assert isinstance(server, LocalServer)
    server.programs[2].kill()
    assert wait_until(lambda: known() == 1, patience=10)
    server.programs[2].start()
    assert known() == 2


def test_a_cluster_comes_back_whole(private_server: PrivateServer) -> None:
    server = private_server(nsq_cluster())
    lookup = int(server.url.rpartition(":")[2])

    server.restart()

    assert len(json.loads(call(lookup, "GET", "/nodes"))["producers"]) == 2
