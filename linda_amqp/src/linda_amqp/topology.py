"""What Linda declares on the server: a pair of queues per name, the exchange to reach them, and the ladder."""

import asyncio
import logging
import secrets
from collections.abc import Awaitable, Callable

from linda_amqp import failures, ladder, names
from linda_amqp.channel import Channel, Connection

_log = logging.getLogger(__name__)

#: Before it, a quorum queue never drops what comes back, and takes -1 for "after the first time"; since then, it
#: drops after 20 times unless told -1.
_LIMITS_DELIVERIES = (4, 0)

#: For a queue that holds no jobs: a virtual host may have another type by default, which cannot be exclusive.
CLASSIC = {"x-queue-type": "classic"}

_LADDER = ""  # no queue is called so


class Topology:
    """Declares each thing once per connection, on a channel of its own: a refusal closes the channel."""

    def __init__(self, connection: Connection, register: Callable[[str, bool], Awaitable[None]]) -> None:
        """`register` is told each name before its queues are made, and whether there should be a list already."""
        self._connection = connection
        self._register = register
        self._channel: Channel | None = None
        self._working = asyncio.Lock()
        self._known: set[str] = set()
        self._generation = 0

    async def need(self, queue: str) -> None:
        """The queues of that name are there when this returns. Raises Refused when they cannot be."""
        await self._once(queue, lambda: self._declare_pair(queue))

    async def need_ladder(self) -> None:
        """The ladder is there when this returns."""
        await self._once(_LADDER, self._declare_ladder)

    async def exists(self, server_queue: str) -> bool:
        """Whether the server has such a queue."""
        async with self._working:
            return await self._exists(server_queue)

    async def ready(self, server_queue: str) -> int:
        """How many messages are ready there."""
        async with self._working:
            channel = await self._open()
            answer = await channel.call(channel.pika.queue_declare, server_queue, passive=True)
            return int(answer.method.message_count)

    async def purge(self, server_queue: str) -> None:
        """Drop all messages that are ready there."""
        async with self._working:
            channel = await self._open()
            await channel.call(channel.pika.queue_purge, server_queue)

    def forget(self, queue: str) -> None:
        """It was found missing, or the way to it: somebody has deleted it."""
        self._known -= {queue, _LADDER}

    async def _once(self, what: str, declare: Callable[[], Awaitable[None]]) -> None:
        if what in self._known and self._channel is not None and self._channel.closed is None:
            return
        async with self._working:
            await self._open()
            if what not in self._known:
                await declare()
                self._known.add(what)

    async def _declare_pair(self, queue: str) -> None:
        """The queue of the buried is made last: where it is, the name is registered and all is there."""
        work, buried = names.work(queue), names.buried(queue)
        new = not await self._exists(buried)
        if new:
            listed = await self._exists(names.REGISTER)
            await self._declare_queue(await self._open(), names.REGISTER, {})
            await self._register(queue, listed)
        channel = await self._open()
        await self._declare_exchange(channel, ladder.DUE)
        # Nothing is dropped silently: a full queue refuses, and what a policy's delivery limit removes is buried.
        net: dict[str, object] = {
            "x-dead-letter-exchange": "",
            "x-dead-letter-routing-key": buried,
            "x-dead-letter-strategy": "at-least-once",
            "x-overflow": "reject-publish",
        }
        await self._declare_queue(channel, work, net)
        channel = await self._open()
        await channel.call(channel.pika.queue_bind, work, ladder.DUE, f"#.{names.word(queue)}")
        await self._declare_queue(channel, buried, {})
        if new:
            await self._make_last()

    async def _declare_ladder(self) -> None:
        new = not await self._exists(ladder.LEVELS[0].name)  # the last to be made
        channel = await self._open()
        await self._declare_exchange(channel, ladder.DUE)
        for level in reversed(ladder.LEVELS):
            await self._declare_exchange(channel, level.name)
            await channel.call(channel.pika.queue_declare, level.name, durable=True, arguments=level.arguments)
            await channel.call(channel.pika.queue_bind, level.name, level.name, level.pattern("1"))
            await channel.call(channel.pika.exchange_bind, level.below, level.name, level.pattern("0"))
        if new:
            await self._make_last()

    async def _make_last(self) -> None:
        """Make and delete a queue that nobody needs, so that those before it survive a crash.

        Of all quorum queues, RabbitMQ 3.10 keeps the newest one's state back for up to a second; killed before it has
        written that, it comes back with a queue that accepts everything and hands out nothing, for good.
        """
        channel = await self._open()
        name = f"linda.last.{secrets.token_hex(8)}"
        await channel.call(channel.pika.queue_declare, name, durable=True, arguments={"x-queue-type": "quorum"})
        await channel.call(channel.pika.queue_delete, name)

    async def _declare_exchange(self, channel: Channel, name: str) -> None:
        await channel.call(channel.pika.exchange_declare, name, "topic", durable=True)

    async def _declare_queue(self, channel: Channel, name: str, arguments: dict[str, object]) -> None:
        arguments = {"x-queue-type": "quorum", **arguments}
        if self._connection.version < _LIMITS_DELIVERIES:
            await channel.call(channel.pika.queue_declare, name, durable=True, arguments=arguments)
            return
        try:
            unlimited = {**arguments, "x-delivery-limit": -1}
            await channel.call(channel.pika.queue_declare, name, durable=True, arguments=unlimited)
        except failures.Refused as refusal:
            if "x-delivery-limit" not in str(refusal):
                raise
            channel = await self._open()
            await channel.call(channel.pika.queue_declare, name, durable=True, arguments=arguments)
            _log.warning("queue %r was made on RabbitMQ 3: this server buries its jobs after 20 returns", name)

    async def _exists(self, server_queue: str) -> bool:
        channel = await self._open()
        try:
            await channel.call(channel.pika.queue_declare, server_queue, passive=True)
        except failures.Missing:
            return False
        return True

    async def _open(self) -> Channel:
        """The channel; what was declared over a connection that broke is looked at again."""
        if self._channel is None or self._channel.closed is not None:
            self._channel = await self._connection.channel()
        if self._generation != self._connection.generation:
            self._generation = self._connection.generation
            self._known.clear()
        return self._channel
