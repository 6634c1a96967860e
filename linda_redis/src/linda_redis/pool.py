"""Connections to one server, lent to one thread at a time."""

from collections import deque
from collections.abc import Callable, Generator
from contextlib import contextmanager, suppress
from typing import Any, Protocol

from redis import exceptions

from linda_redis.failures import Unreachable, meaning

#: Host and port.
Address = tuple[str, int]


class Connection(Protocol):
    """What we use of redis-py: a connection that speaks the protocol. What to do with it is our own business."""

    _sock: Any  #: not public there, yet the same since its version 2

    def connect(self) -> None: ...
    def disconnect(self) -> None: ...
    def can_read(self, timeout: float = 0) -> bool: ...
    def send_command(self, *command: Any) -> None: ...
    def read_response(self) -> Any: ...


class Pool:
    """Opens connections with `make` and keeps those that come back whole; any thread may use it.

    There are as many connections as threads that called at once. Nothing is sent twice: redis-py's own client
    would repeat a command whose answer was lost, which pushes twice and loses what was popped.
    """

    def __init__(self, make: Callable[[], Connection]) -> None:
        self._make = make
        self._idle: deque[Connection] = deque()

    def call(self, *command: Any) -> Any:
        """The answer to `command`. Raises Unreachable, Cut, Refused, or redis-py's class for another error answer."""
        with self.lend() as connection:
            connection.send_command(*command)
            return connection.read_response()

    @contextmanager
    def lend(self) -> Generator[Connection]:
        """A connection with nothing under way, to be brought back so or closed. Most errors close it."""
        connection = self._whole() or self._opened()
        try:
            yield connection
        except exceptions.NoScriptError:
            self._idle.append(connection)  # an answer like any other
            raise
        except BaseException as error:
            connection.disconnect()
            if (known := meaning(error)) is error:
                raise
            raise known from error
        if connection._sock is not None:
            self._idle.append(connection)

    def close(self) -> None:
        """Give up all connections that are not lent."""
        while self._idle:
            self._idle.pop().disconnect()

    def _whole(self) -> Connection | None:
        """The connection that was used last, unless the server has closed it meanwhile."""
        while self._idle:
            try:
                connection = self._idle.pop()
            except IndexError:
                break  # another thread was quicker
            try:
                if not connection.can_read():
                    return connection
            except exceptions.ConnectionError:
                pass
            connection.disconnect()
        return None

    def _opened(self) -> Connection:
        try:
            connection = self._make()
            connection.connect()
            _greet(connection)
        except (exceptions.ConnectionError, exceptions.TimeoutError, OSError) as error:
            if isinstance(error, exceptions.AuthenticationError):
                raise
            raise Unreachable(str(error) or type(error).__name__) from error
        return connection


def _greet(connection: Connection) -> None:
    """Whoever answers is ready to serve, and has sent all that TLS sends before the first answer."""
    connection.send_command("PING")
    with suppress(exceptions.NoPermissionError):
        connection.read_response()
