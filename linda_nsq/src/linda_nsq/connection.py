"""One TCP connection to nsqd: commands out, frames in.

pynsq's connections are not used: `AsyncConn` runs on tornado's loop, hides which command a reply belongs to, and
refuses `output_buffer_size=-1`, without which nsqd may keep a message back for up to 250 ms; `SyncConn` neither
identifies itself nor sends all of what it is given.
"""

import asyncio
import ssl
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack, suppress
from typing import Self

from linda_nsq import codec
from linda_nsq.failures import Cut, Refused, Unreachable, advised
from linda_nsq.options import Address
from linda_nsq.security import Security

#: A message as nsqd sends it: its id, how often it was sent, and its body.
Arrival = tuple[bytes, int, bytes]
#: What came together.
Receive = Callable[[Sequence[Arrival]], None]

#: What nsqd says, and before it, the ids of the messages that are not ours to settle.
Reply = tuple[bytes, set[bytes]]

_BODY = codec.FRAME.size + codec.MESSAGE_HEAD.size

#: They concern one message, and leave the connection as it is (nsqd, protocol_v2.go: all others are fatal).
_OF_ONE_MESSAGE = (b"E_FIN_FAILED", b"E_REQ_FAILED", b"E_TOUCH_FAILED")


class Connection(asyncio.Protocol):
    """All methods are for the event loop's thread."""

    def __init__(self, address: Address, timeout: float, heartbeat: float) -> None:
        self.address = address
        self.closed: Exception | None = None  #: why it is
        self.receive: Receive = _ignored
        self.on_close: Callable[[], None] = _nothing
        self._timeout = timeout
        self._heartbeat = heartbeat
        self._loop = asyncio.get_running_loop()
        self._transport: asyncio.Transport | None = None
        self._replies: deque[asyncio.Future[Reply]] = deque()
        self._refused: set[bytes] = set()
        self._unread = b""
        self._heard = self._loop.time()
        self._watch: asyncio.TimerHandle | None = None

    @classmethod
    async def open(cls, address: Address, security: Security, **identity: int) -> Self:
        """`identity`: what IDENTIFY says besides. Raises Unreachable."""
        connection = cls(address, security.timeout, security.heartbeat)
        with ExitStack() as undone:
            undone.callback(connection.close)
            try:
                async with asyncio.timeout(security.connect_timeout):
                    await connection._connect(security, identity)
            except TimeoutError as error:
                raise Unreachable(f"{address}: no answer within {security.connect_timeout:g} s") from error
            except OSError as error:
                raise Unreachable(f"{address}: {advised(error)}") from error
            except (Cut, Refused) as error:
                raise Unreachable(str(error)) from error
            undone.pop_all()
        connection._look_after()
        return connection

    def send(self, commands: bytes) -> None:
        """Raises Cut when the connection is known to be broken."""
        if self.closed is not None or self._transport is None:
            raise Cut(f"{self.address}: {self.closed}")
        self._transport.write(commands)

    async def ask(self, commands: bytes) -> Reply:
        """The reply, where exactly one of `commands`, the last, has one. Raises Cut, and Refused."""
        reply: asyncio.Future[Reply] = self._loop.create_future()
        self.send(commands)
        self._replies.append(reply)
        return await self._answered(reply)

    async def barrier(self, commands: bytes = b"") -> set[bytes]:
        """Returns when nsqd has carried out `commands` and all before, but for the messages returned.

        FIN, REQ and TOUCH have no replies.
        """
        _, refused = await self.ask(commands + codec.BARRIER)
        return refused

    def close(self) -> None:
        """What was under way may have been done or not."""
        self._break("the connection was closed")

    # asyncio calls these

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport  # type: ignore[assignment]

    def data_received(self, data: bytes) -> None:
        self._heard = self._loop.time()
        data = self._unread + data if self._unread else data
        start, length = 0, len(data)
        arrived: list[Arrival] = []
        while length - start >= 8:
            size, kind = codec.FRAME.unpack_from(data, start)
            end = start + 4 + size
            if end > length:
                break
            if kind == codec.MESSAGE:
                _, attempts, identity = codec.MESSAGE_HEAD.unpack_from(data, start + 8)
                arrived.append((identity, attempts, data[start + _BODY : end]))
                self._refused.discard(identity)
            else:
                self._pass_on(arrived)
                self._frame(kind, data[start + 8 : end])
            start = end
        self._pass_on(arrived)
        self._unread = data[start:]

    def connection_lost(self, exc: Exception | None) -> None:
        self._end(Cut(f"the connection broke: {exc or 'the server closed it'}"))

    def eof_received(self) -> None:
        self._end(Cut("the connection broke: the server closed it"))

    async def _connect(self, security: Security, identity: Mapping[str, int]) -> None:
        transport, _ = await self._loop.create_connection(lambda: self, self.address.host, self.address.tcp)
        transport.write(codec.MAGIC)
        await self.ask(codec.identify({**security.identity, **identity}))
        if security.context:
            await self._secure(security.context)
        if security.secret:
            await self.ask(codec.auth(security.secret))
        await self.barrier()  # what IDENTIFY does not mind and every other command does: no TLS, no secret

    async def _secure(self, context: ssl.SSLContext) -> None:
        """nsqd says OK once both are behind TLS."""
        assert self._transport is not None
        secured: asyncio.Future[Reply] = self._loop.create_future()
        self._replies.append(secured)
        self._transport = await self._loop.start_tls(self._transport, self, context, server_hostname=self.address.host)
        await self._answered(secured)

    async def _answered(self, reply: asyncio.Future[Reply]) -> Reply:
        patience = self._loop.call_later(self._timeout, self._break, f"no answer within {self._timeout:g} s")
        try:
            return await reply
        finally:
            patience.cancel()

    def _pass_on(self, arrived: list[Arrival]) -> None:
        """Messages are known before what nsqd says after them."""
        if arrived:
            self.receive(arrived)
            arrived.clear()

    def _frame(self, kind: int, said: bytes) -> None:
        if kind == codec.RESPONSE:
            self._respond(said)
        else:
            self._fail(said)

    def _respond(self, said: bytes) -> None:
        if said == b"_heartbeat_":
            with suppress(Cut):
                self.send(codec.nop())
        elif self._replies:
            refused, self._refused = self._refused, set()
            _resolve(self._replies.popleft(), (said, refused))

    def _fail(self, said: bytes) -> None:
        words = said.split(b" ", 3)
        if words[0] in _OF_ONE_MESSAGE:
            self._refused.add(words[2])
        elif self._replies:
            text = said.decode(errors="replace")
            # A topic, or all of nsqd, that is about to end takes nothing.
            kind = Unreachable if text.endswith("exiting") else Refused
            _fail(self._replies.popleft(), kind(f"{self.address}: {advised(text)}"))

    def _look_after(self) -> None:
        """nsqd sends heartbeats; where none comes, nobody is there."""
        if self.closed is not None:
            return
        if self._loop.time() - self._heard > 2.5 * self._heartbeat:
            self._break(f"nothing was heard for {2.5 * self._heartbeat:g} s")
            return
        self._watch = self._loop.call_later(self._heartbeat, self._look_after)

    def _break(self, why: str) -> None:
        if self._transport is not None:
            self._transport.abort()
        self._end(Cut(why))

    def _end(self, why: Exception) -> None:
        if self.closed is not None:
            return
        self.closed = why
        if self._watch:
            self._watch.cancel()
        while self._replies:
            _fail(self._replies.popleft(), Cut(f"{self.address}: {why}"))
        self.on_close()


def _ignored(arrived: Sequence[Arrival]) -> None:
    """Nobody has subscribed, so no message comes."""


def _nothing() -> None:
    """Nobody needs to know."""


def _resolve(reply: asyncio.Future[Reply], said: Reply) -> None:
    if not reply.done():
        reply.set_result(said)


def _fail(reply: asyncio.Future[Reply], error: Exception) -> None:
    if not reply.done():
        reply.set_exception(error)
        reply.exception()  # seen, even when nobody waits any more
