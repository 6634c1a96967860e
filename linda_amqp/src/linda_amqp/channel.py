"""pika's callbacks as awaitables, for code that runs on the event loop."""

import asyncio
import logging
import re
from collections.abc import Callable
from functools import partial
from typing import Any

import pika
from pika.adapters.asyncio_connection import AsyncioConnection
from pika.channel import Channel as PikaChannel
from pika.spec import Basic, BasicProperties

from linda_amqp import failures

# pika logs every channel that the server closes, and every attempt to connect with its traceback; all of it reaches
# the caller here as an exception. Whoever has set a level for pika keeps it.
_pika_log = logging.getLogger("pika")
if _pika_log.level == logging.NOTSET:
    _pika_log.setLevel(logging.CRITICAL)

_log = logging.getLogger(__name__)

#: Called for each delivery with its method, its properties and its body.
OnDelivery = Callable[[Basic.Deliver, BasicProperties, bytes], None]


class _Channel(PikaChannel):
    """Hands on every delivery.

    pika itself rejects what arrives for a consumer that is being cancelled, and the server then counts a
    delivery that nobody saw.
    """

    on_delivery: OnDelivery

    def _on_deliver(self, method_frame: Any, header_frame: Any, body: bytes) -> None:
        self.on_delivery(method_frame.method, header_frame.properties, body)


class _Connection(AsyncioConnection):
    def _create_channel(self, channel_number: int, on_open_callback: Any) -> PikaChannel:
        return _Channel(self, channel_number, on_open_callback)


class Channel:
    """One channel. What waits on it fails, with a reason, when it closes."""

    def __init__(self, channel: _Channel) -> None:
        self.pika = channel
        self.closed: Exception | None = None
        self._waiting: set[asyncio.Future[Any]] = set()
        channel.add_on_close_callback(self._on_close)

    def check(self) -> None:
        """Raises why the channel is closed, if it is."""
        if self.closed is not None:
            raise self.closed

    async def call(self, method: Callable[..., Any], *arguments: Any, **options: Any) -> Any:
        """The answer to one of pika's methods of this channel that take a callback. They keep their order."""
        future = self.future()
        method(*arguments, callback=partial(_settle, future), **options)
        return await future

    async def barrier(self) -> None:
        """Returns when the server has dealt with everything sent before, and sent everything it had for us.

        A request without effect: it sets the prefetch that the next consumer sets again.
        """
        await self.call(self.pika.basic_qos, prefetch_count=1)

    def future(self) -> asyncio.Future[Any]:
        """Fails when the channel closes."""
        self.check()
        future = asyncio.get_running_loop().create_future()
        self._waiting.add(future)
        future.add_done_callback(self._waiting.discard)
        return future

    async def close(self) -> None:
        """The server puts back what the channel holds. Nothing happens where it is closed already."""
        if self.closed is None:
            closed = asyncio.get_running_loop().create_future()
            self.pika.add_on_close_callback(partial(_settle, closed))
            if self.pika.is_open:
                self.pika.close()
            await closed

    def _on_close(self, _: PikaChannel, reason: BaseException) -> None:
        self.closed = failures.of_close(reason)
        if isinstance(self.closed, failures.TakenBack):  # who holds a job may not ask for long
            _log.warning("all jobs of this process go back to their queues: %s", self.closed)
        for future in list(self._waiting):
            _fail(future, self, reason)


class Connection:
    """One connection to the server, which is opened again by the first call after it broke."""

    def __init__(self, servers: list[pika.ConnectionParameters]) -> None:
        self._servers = servers
        self._connection: _Connection | None = None
        self._opening = asyncio.Lock()
        self.generation = 0  #: counts the connections so far
        self.blocked = ""  #: why the server takes no messages; empty when it does

    @property
    def properties(self) -> dict[str, Any]:
        """What the server says of itself."""
        return (self._connection and self._connection.server_properties) or {}

    @property
    def version(self) -> tuple[int, ...]:
        """The server's version: (3, 10, 8)."""
        text = str(self.properties.get("version", ""))
        return tuple(int(part) for part in re.findall(r"\d+", text)[:3])

    async def open(self) -> _Connection:
        """The open connection. Raises Unreachable with the reason of the last server tried."""
        async with self._opening:
            if self._connection is None or not self._connection.is_open:
                self._connection = await self._connect()
            return self._connection

    async def channel(self) -> Channel:
        """A new channel."""
        connection = await self.open()
        opened: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        connection.channel(on_open_callback=partial(_settle, opened)).add_on_close_callback(partial(_fail, opened))
        return Channel(await opened)

    async def close(self) -> None:
        """Say good-bye; the server then puts back what this connection holds."""
        connection = self._connection
        if connection is None or not connection.is_open:
            return
        closed: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        connection.add_on_close_callback(partial(_settle, closed))
        connection.close()
        await asyncio.wait([closed], timeout=5)

    async def _connect(self) -> _Connection:
        for number, server in enumerate(self._servers, 1):
            try:
                connection = await _connected(server)
            except failures.Unreachable:
                if number == len(self._servers):
                    raise
            else:
                self.blocked = ""
                self.generation += 1
                connection.add_on_connection_blocked_callback(self._on_blocked)
                connection.add_on_connection_unblocked_callback(self._on_unblocked)
                return connection
        raise failures.Unreachable("no server given")

    def _on_blocked(self, _: Any, frame: Any) -> None:
        self.blocked = frame.method.reason or "no reason given"

    def _on_unblocked(self, *_: Any) -> None:
        self.blocked = ""


def ignored(*_: Any) -> None:
    """A callback, which pika wants: deliveries go past it to `on_delivery`, and an answer is known by the next one."""


def _settle(future: asyncio.Future[Any], answer: object = None, *_: object) -> None:
    """Whatever pika says is the answer, unless it comes too late."""
    if not future.done():
        future.set_result(answer)


def _fail(future: asyncio.Future[Any], _: object, reason: BaseException) -> None:
    """The connection or channel that was to answer has closed."""
    if not future.done():
        future.set_exception(failures.of_close(reason))
        future.exception()  # asked for once: nobody may be left who would


async def _connected(server: pika.ConnectionParameters) -> _Connection:
    loop = asyncio.get_running_loop()
    opened: asyncio.Future[_Connection] = loop.create_future()
    connection = _Connection(
        server,
        on_open_callback=partial(_settle, opened),
        on_open_error_callback=lambda _, error: opened.set_exception(failures.of_open(error)),
        custom_ioloop=loop,
    )
    try:
        return await opened
    except asyncio.CancelledError:
        connection.close()
        raise
