"""Waiting for a job without taking one: a consumer blocks on the markers of its queues, never on jobs.

An answer that is lost on its way then costs a wake-up, not a job. The server's own timeouts are only good to a
tenth of a second, so the client counts the time, and withdraws its question when it has waited long enough.
"""

import math
import os
import select
import socket
import threading
from collections.abc import Generator, Sequence
from contextlib import ExitStack, contextmanager, suppress

from redis.exceptions import MovedError

from linda_redis.pool import Connection, Pool
from linda_redis.server import Server

#: Seconds after which a waiting consumer looks for itself, should a wake-up have been lost; also the longest that
#: the server keeps waiting for a consumer that is gone.
RECHECK = 1

#: For less than this, in seconds, asking and withdrawing is not worth it.
SOON = 0.003

#: What the server may be late with its own timeout, and more; in seconds.
_GRACE = 0.25


class Waiter:
    """One `reserve` that waits; another thread may wake it."""

    def __init__(self) -> None:
        self.woken = False
        self._hear, self._say = os.pipe()

    def wake(self) -> None:
        """End this wait, and those to come."""
        if not self.woken:
            self.woken = True
            os.write(self._say, b"!")

    def close(self) -> None:
        """Nobody may wake it any more."""
        os.close(self._hear)
        os.close(self._say)

    def wait(self, server: Server, markers: Sequence[bytes], seconds: float) -> None:
        """Return when there may be a job behind a marker, when woken, or after `seconds`; sooner is possible."""
        with ExitStack() as questions:
            poll = select.poll()
            poll.register(self._hear, select.POLLIN)
            if seconds > SOON:
                for pool, of_node in server.together(markers):
                    connection = questions.enter_context(_asking(pool, of_node))
                    poll.register(connection._sock, select.POLLIN)
            poll.poll(math.ceil(1000 * min(seconds, RECHECK + _GRACE)))


class Waiters:
    """All that wait in one driver."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._waiting: set[Waiter] = set()

    @contextmanager
    def enter(self) -> Generator[Waiter]:
        """A waiter, woken by every `wake` from now on."""
        waiter = Waiter()
        with self._lock:
            self._waiting.add(waiter)
        try:
            yield waiter
        finally:
            with self._lock:
                self._waiting.discard(waiter)
            waiter.close()

    def wake(self) -> None:
        """End all waits."""
        with self._lock:
            for waiter in self._waiting:
                waiter.wake()


@contextmanager
def _asking(pool: Pool, markers: Sequence[bytes]) -> Generator[Connection]:
    """Ask a node for any of `markers`, and by the end have its answer or have withdrawn the question."""
    with pool.lend() as connection:
        connection.send_command("BZPOPMIN", *markers, RECHECK)
        yield connection
        if connection.can_read():
            with suppress(MovedError):  # the queue has moved, which the next look finds out
                connection.read_response()
        else:
            _withdraw(connection)


def _withdraw(connection: Connection) -> None:
    """Close the connection, and wait until the server has: until then it may give us a marker that others need."""
    with suppress(OSError):
        connection._sock.settimeout(_GRACE)
        connection._sock.shutdown(socket.SHUT_WR)
        while connection._sock.recv(4096):
            pass
    connection.disconnect()
