"""The connection of one nsqd that jobs are written to."""

import asyncio
from collections.abc import Iterator, Sequence

from linda_nsq import codec
from linda_nsq.connection import Connection
from linda_nsq.message import Message
from linda_nsq.options import Address
from linda_nsq.security import Security


class Publisher:
    """All methods are for the event loop's thread."""

    def __init__(self, address: Address, security: Security, max_body_size: int) -> None:
        self._address = address
        self._security = security
        self._max_body_size = max_body_size
        self._connection: Connection | None = None
        self._opening = asyncio.Lock()

    async def open(self) -> Connection:
        """Raises Unreachable."""
        async with self._opening:
            if self._connection is None or self._connection.closed is not None:
                self._connection = await Connection.open(self._address, self._security)
            return self._connection

    async def publish(self, topic: str, messages: Sequence[Message]) -> None:
        """Returns when nsqd has all of them. Raises Unreachable when it has none, Cut when nobody knows; Refused."""
        connection = await self.open()
        for command in self._commands(topic, [message.write() for message in messages]):
            await connection.ask(command)

    def close(self) -> None:
        """Now."""
        if self._connection is not None:
            self._connection.close()

    def _commands(self, topic: str, bodies: Sequence[bytes]) -> Iterator[bytes]:
        """One for as many as the server takes at once."""
        chunk: list[bytes] = []
        size = codec.LENGTH
        for body in bodies:
            size += codec.LENGTH + len(body)
            if chunk and size > self._max_body_size:
                yield codec.publish(topic, chunk)
                chunk, size = [], 2 * codec.LENGTH + len(body)
            chunk.append(body)
        yield codec.publish(topic, chunk)
