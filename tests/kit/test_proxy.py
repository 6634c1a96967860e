"""The proxy breaks connections exactly where it is told to."""

import contextlib
import socket
import threading
from collections.abc import Iterator

import pytest

from linda_core.conformance.proxy import Proxy, Unproxied, Way


@pytest.fixture
def echo() -> Iterator[int]:
    """The port of a server that answers every byte with two."""
    listener = socket.create_server(("127.0.0.1", 0))

    def answer(client: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while data := client.recv(65536):
                client.sendall(data * 2)
        client.close()

    def serve() -> None:
        with contextlib.suppress(OSError):
            while True:
                client, _ = listener.accept()
                threading.Thread(target=answer, args=(client,), daemon=True).start()

    threading.Thread(target=serve, daemon=True).start()
    yield listener.getsockname()[1]
    listener.close()


@pytest.fixture
def proxy(echo: int) -> Iterator[Proxy]:
    with Proxy("127.0.0.1", echo) as proxy:
        yield proxy


@pytest.fixture
def client(proxy: Proxy) -> Iterator[socket.socket]:
    with socket.create_connection(("127.0.0.1", proxy.port), timeout=5) as client:
        yield client


def received(client: socket.socket, most: int = 1000) -> bytes:
    """All bytes until `most`, or until the connection ends."""
    data = b""
    with contextlib.suppress(ConnectionError):
        while len(data) < most and (some := client.recv(most - len(data))):
            data += some
    return data


def test_it_passes_and_counts_what_nobody_wants_cut(proxy: Proxy, client: socket.socket) -> None:
    client.sendall(b"hello")

    assert received(client, 10) == b"hellohello"
    assert proxy.passed == {Way.UP: 5, Way.DOWN: 10}
    assert proxy.connections == 1


@pytest.mark.parametrize("at", [0, 1, 4])
@pytest.mark.parametrize("reset", [False, True])
def test_a_request_is_cut_after_so_many_bytes(proxy: Proxy, client: socket.socket, at: int, reset: bool) -> None:  # noqa: FBT001
    proxy.cut_after(Way.UP, at, reset=reset)
    client.sendall(b"hello")

    received(client)
    assert proxy.passed[Way.UP] == at


@pytest.mark.parametrize("at", [0, 1, 9, 10])
def test_a_reply_is_cut_after_so_many_bytes(proxy: Proxy, client: socket.socket, at: int) -> None:
    proxy.cut_after(Way.DOWN, at)
    client.sendall(b"hello")

    assert received(client) == b"hellohello"[:at]
    assert proxy.passed == {Way.UP: 5, Way.DOWN: at}


def test_after_a_cut_new_connections_are_served(proxy: Proxy, client: socket.socket) -> None:
    proxy.cut_after(Way.UP, 0)
    client.sendall(b"x")
    received(client)

    with socket.create_connection(("127.0.0.1", proxy.port), timeout=5) as again:
        again.sendall(b"y")
        assert received(again, 2) == b"yy"


def test_a_reset_is_an_error_and_a_cut_an_end(proxy: Proxy, client: socket.socket) -> None:
    proxy.cut_after(Way.UP, 0, reset=True)
    client.sendall(b"x")

    with pytest.raises(ConnectionResetError):
        client.recv(1)


def test_a_stall_holds_bytes_back_and_loses_none(proxy: Proxy, client: socket.socket) -> None:
    with proxy.stalled():
        client.sendall(b"slow")
        client.settimeout(0.1)
        with pytest.raises(TimeoutError):
            client.recv(1)
    client.settimeout(5)

    assert received(client, 8) == b"slowslow"


def test_a_deafened_connection_stays_open_and_silent_beside_new_ones(proxy: Proxy, client: socket.socket) -> None:
    client.sendall(b"x")
    received(client, 2)
    proxy.deafen()
    client.sendall(b"y")
    client.settimeout(0.1)

    with pytest.raises(TimeoutError):
        client.recv(1)
    with socket.create_connection(("127.0.0.1", proxy.port), timeout=5) as again:
        again.sendall(b"z")
        assert received(again, 2) == b"zz"
    assert proxy.passed[Way.UP] == 2


def test_while_it_refuses_nobody_gets_in_and_afterwards_everybody(proxy: Proxy, client: socket.socket) -> None:
    with proxy.refusing():
        assert received(client) == b""
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection(("127.0.0.1", proxy.port), timeout=5)

    with socket.create_connection(("127.0.0.1", proxy.port), timeout=5) as again:
        again.sendall(b"z")
        assert received(again, 2) == b"zz"


def test_the_url_through_it_differs_in_host_and_port_alone(echo: int) -> None:
    proxy, url = Proxy.before(f"redis://user:secret@localhost:{echo}/3?x=y")
    with proxy:
        assert url == f"redis://user:secret@127.0.0.1:{proxy.port}/3?x=y"


@pytest.mark.parametrize(
    "url", ["redis://localhost", "memory://", "sqlite:///a.db", "redis+cluster://a:1", "x://a:1,b:2"]
)
def test_it_says_where_it_cannot_stand(url: str) -> None:
    with pytest.raises(Unproxied, match="host:port"):
        Proxy.before(url)
