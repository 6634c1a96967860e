"""A TCP proxy that breaks connections at a chosen byte: the same request is cut at the same place every time.

It knows no protocol, so it stands in front of any server. It cuts after so many bytes, stalls, deafens (a
half-open connection: nobody answers and nobody hangs up) and refuses connections, and it counts what passes.
"""

import contextlib
import socket
import struct
import threading
from collections.abc import Generator
from enum import StrEnum
from typing import Self

from linda_core.url import BrokerURL

_CHUNK = 65536
#: Makes close() send a reset instead of an orderly end.
_RESET = struct.pack("ii", 1, 0)


class Way(StrEnum):
    """Which way bytes go."""

    UP = "up"  # from the client to the server
    DOWN = "down"  # from the server to the client


class Unproxied(Exception):
    """No proxy can stand in front of this URL; the message says why."""


class Proxy:
    """Listens on a port of its own for one server. Every method may be called from any thread."""

    def __init__(self, host: str, port: int, *, listen: int = 0) -> None:
        """`listen` is the port, where the server tells its clients to come to a certain one; 0 is any."""
        self.passed = dict.fromkeys(Way, 0)  #: bytes that have passed each way
        self.connections = 0  #: how many clients have connected so far
        self._server = (host, port)
        self._changed = threading.Condition()
        self._open: dict[socket.socket, socket.socket] = {}
        self._cut_at: dict[Way, int] = {}
        self._reset = False
        self._flowing = True
        self._deaf: set[socket.socket] = set()
        self._listener = self._listen(listen)
        self.port: int = self._listener.getsockname()[1]

    @classmethod
    def before(cls, url: str) -> tuple[Self, str]:
        """A proxy for the server in `url`, and the URL that leads through it. Raises Unproxied."""
        parsed = BrokerURL.parse(url)
        if len(parsed.hosts) != 1 or parsed.port is None or "+" in parsed.scheme:
            raise Unproxied("the proxy can stand only before a URL with exactly one host:port")
        proxy = cls(parsed.hosts[0].name, parsed.port)
        return proxy, url.replace(f"{parsed.host}:{parsed.port}", f"127.0.0.1:{proxy.port}", 1)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def cut(self) -> None:
        """End all connections now."""
        with self._changed:
            self._cut_at.clear()
            self._hang_up()

    def cut_after(self, way: Way, more: int, *, reset: bool = False) -> None:
        """End all connections as soon as `more` bytes have passed that way: 0 is before the next one.

        New connections are served as ever. `reset` ends them with an error instead of an orderly close.
        """
        with self._changed:
            self._cut_at = {way: self.passed[way] + more}
            self._reset = reset

    def disarm(self) -> None:
        """Forget a cut that has not happened."""
        with self._changed:
            self._cut_at.clear()

    @contextlib.contextmanager
    def stalled(self) -> Generator[None]:
        """Hold back all bytes meanwhile; they go on afterwards."""
        self._let_flow(flowing=False)
        try:
            yield
        finally:
            self._let_flow(flowing=True)

    def deafen(self) -> None:
        """Make every connection that is open now half-open: it stays open, and swallows all that is sent."""
        with self._changed:
            self._deaf |= {end for pair in self._open.items() for end in pair}

    @contextlib.contextmanager
    def refusing(self) -> Generator[None]:
        """End all connections and refuse new ones meanwhile."""
        _close(self._listener)
        self.cut()
        try:
            yield
        finally:
            self._listener = self._listen(self.port)

    def close(self) -> None:
        """End everything."""
        _close(self._listener)
        self._let_flow(flowing=True)
        self.cut()

    def _let_flow(self, *, flowing: bool) -> None:
        with self._changed:
            self._flowing = flowing
            self._changed.notify_all()

    def _listen(self, port: int) -> socket.socket:
        listener = socket.create_server(("127.0.0.1", port))
        _start(self._accept, listener)
        return listener

    def _accept(self, listener: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while True:
                client, _ = listener.accept()
                try:
                    server = socket.create_connection(self._server)
                except OSError:
                    _close(client)
                    continue
                for end in (client, server):
                    end.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                with self._changed:
                    self.connections += 1
                    self._open[client] = server
                    if listener.fileno() < 0:  # it came in while the door was being shut
                        self._hang_up()
                _start(self._pump, client, server, Way.UP)
                _start(self._pump, server, client, Way.DOWN)

    def _pump(self, source: socket.socket, sink: socket.socket, way: Way) -> None:
        with contextlib.suppress(OSError):
            while data := source.recv(_CHUNK):
                allowed, last = self._allowed(source, data, way)
                sink.sendall(allowed)
                if last:
                    self.cut()
        _close(source)
        _close(sink)

    def _allowed(self, source: socket.socket, data: bytes, way: Way) -> tuple[bytes, bool]:
        """What of `data` may pass, and whether the cut comes after it.

        Both at once: a cut that is armed while `data` is on its way is meant for what follows.
        """
        with self._changed:
            self._changed.wait_for(lambda: self._flowing)
            if source in self._deaf:
                return b"", False
            room = self._cut_at.get(way, self.passed[way] + len(data) + 1) - self.passed[way]
            allowed = data[: max(0, room)]
            self.passed[way] += len(allowed)
            return allowed, room <= len(data)

    def _hang_up(self) -> None:
        for client, server in self._open.items():
            _close(client, reset=self._reset)
            _close(server)
        self._open.clear()
        self._deaf.clear()
        self._reset = False


def _close(end: socket.socket, *, reset: bool = False) -> None:
    with contextlib.suppress(OSError):
        if reset:
            end.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
        # Wakes a thread that is waiting in recv or accept; one that is there keeps the socket open.
        end.shutdown(socket.SHUT_RD if reset else socket.SHUT_RDWR)
    end.close()


def _start(target: object, *arguments: object) -> None:
    threading.Thread(target=target, args=arguments, daemon=True).start()  # type: ignore[arg-type]
