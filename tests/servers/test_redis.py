"""What a test relies on when it has a Redis of its own."""

import socket
import ssl
from collections.abc import Callable

import pytest

from tests.conftest import PrivateServer
from tests.servers.local import LocalServer
from tests.servers.port import ask
from tests.servers.redis import PRIMARY, redis_cluster, redis_sentinel, redis_tls
from tests.servers.server import Server, ServerFailed
from tests.servers.waiting import wait_until

PrivateRedis = Callable[..., Server]


def port_of(server: Server) -> int:
    return int(server.url.rpartition(":")[2].partition("/")[0])


def set_key(server: Server, value: str) -> bytes:
    return ask(port_of(server), f"SET key {value}\r\n".encode())


def get_key(server: Server) -> bytes:
    return ask(port_of(server), b"GET key\r\n")


def test_a_kill_and_a_start_keep_port_and_data(private_redis: PrivateRedis) -> None:
    server = private_redis()
    assert set_key(server, "kept") == b"+OK\r\n"

    server.kill()
    assert get_key(server) == b""
    server.start()

    assert get_key(server) == b"$4\r\nkept\r\n"


def test_a_restart_keeps_port_and_data(private_redis: PrivateRedis) -> None:
    server = private_redis()
    set_key(server, "kept")

    server.restart()

    assert get_key(server) == b"$4\r\nkept\r\n"


def test_options_replace_those_that_keep_data(private_redis: PrivateRedis) -> None:
    server = private_redis("--appendonly", "no")
    set_key(server, "lost")

    server.kill()
    server.start()

    assert get_key(server) == b"$-1\r\n"


def test_a_paused_server_accepts_and_does_not_answer(private_redis: PrivateRedis) -> None:
    server = private_redis()
    set_key(server, "kept")

    server.pause()
    assert get_key(server) == b""
    server.resume()

    assert get_key(server) == b"$4\r\nkept\r\n"


def test_a_running_server_is_not_started_twice(private_redis: PrivateRedis) -> None:
    server = private_redis()

    with pytest.raises(ServerFailed, match="running already"):
        server.start()


def test_a_failed_start_shows_the_end_of_the_log(private_redis: PrivateRedis) -> None:
    with pytest.raises(ServerFailed, match="no-such-option"):
        private_redis("--no-such-option", "1")


def test_tls_is_spoken_and_its_certificate_can_be_verified(private_server: PrivateServer) -> None:
    server = private_server(redis_tls())
    assert isinstance(server, LocalServer)
    context = ssl.create_default_context(cafile=server.folder / "server.crt")

    with (
        socket.create_connection(("127.0.0.1", port_of(server)), timeout=5) as plain,
        context.wrap_socket(plain, server_hostname="127.0.0.1") as link,
    ):
        link.sendall(b"PING\r\n")
        assert link.recv(100) == b"+PONG\r\n"


def test_sentinel_makes_the_replica_the_primary(private_server: PrivateServer) -> None:
    server = private_server(redis_sentinel())
    question = f"SENTINEL GET-MASTER-ADDR-BY-NAME {PRIMARY}\r\n".encode()
    before = ask(port_of(server), question)

    assert isinstance(server, LocalServer)
    server.programs[0].kill()

    assert wait_until(lambda: ask(port_of(server), question) not in {before, b""}, patience=30)


def test_a_cluster_of_one_refuses_keys_in_several_slots(private_server: PrivateServer) -> None:
    server = private_server(redis_cluster())

    assert set_key(server, "here") == b"+OK\r\n"
    assert ask(port_of(server), b"MSET one 1 two 2\r\n").startswith(b"-CROSSSLOT")


def test_a_cluster_comes_back_with_its_slots(private_server: PrivateServer) -> None:
    server = private_server(redis_cluster())
    set_key(server, "kept")

    server.kill()
    server.start()

    assert get_key(server) == b"$4\r\nkept\r\n"
