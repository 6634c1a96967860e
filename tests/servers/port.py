"""Loopback ports: a free one, and whether somebody answers on one."""

import contextlib
import random
import socket

# Below the range from which the kernel picks the client side of connections: a port from that range could
# be taken by some client while its server is down, and the server could not come back to it.
_LOWEST, _HIGHEST = 20_000, 32_000

# No port is given twice: the program that the first was for may not listen yet.
_given: set[int] = set()


def free_port(below: int = _HIGHEST) -> int:
    """A port on 127.0.0.1 that nobody listens on and that this process has not been given before."""
    for port in random.sample(sorted(set(range(_LOWEST, below)) - _given), 100):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            with contextlib.suppress(OSError):
                probe.bind(("127.0.0.1", port))
                _given.add(port)
                return port
    raise RuntimeError("a hundred ports were tried and all are taken")


def ask(port: int, question: bytes) -> bytes:
    """The first bytes of the answer on a port; empty when there is none within a second."""
    with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1) as link:
        link.sendall(question)
        return link.recv(4096)
    return b""


def listens(port: int) -> bool:
    """Whether a connection to the port is accepted, for servers that do not speak first and plainly."""
    with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
        return True
    return False
