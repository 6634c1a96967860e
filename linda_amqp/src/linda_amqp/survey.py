"""What waits on the ladder, by queue: the server tells how many messages a level keeps, but not where they will go.

So all are taken for a moment and put back. Their time runs on meanwhile: what becomes due in that moment leaves
right after it. They go back to where they were, and no number of surveys makes the server drop one early, because a
level has a delivery limit that is never reached; without any, RabbitMQ 3.10 puts back behind what has come since.
"""

import asyncio
import math
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

from pika.spec import Basic, BasicProperties

from linda_amqp import failures, ladder, topology
from linda_amqp.channel import Channel, Connection, ignored
from linda_amqp.message import DUE, number
from linda_core import driver

#: To count among more would hold up too many for too long.
MOST = 10_000

#: Only one connection may have this queue at a time: of two surveys at once, each would see a part.
_LOCK = "linda.survey"
_PAUSE = 0.02
_LARGEST_PREFETCH = 2**16 - 1


class Survey:
    """Looks through the whole ladder for what is on its way to one queue. The ladder must be there."""

    def __init__(self, connection: Connection, clock: driver.Clock) -> None:
        self._connection = connection
        self._clock = clock
        self._looking = asyncio.Lock()

    async def count(self, word: str) -> tuple[int, int] | None:
        """How many messages on their way to `word` are not due, and how many are, by our clock and their publishers'.

        None when more than MOST are on their way to all queues.

        One that goes from one level to the next in this very moment may be missed.
        """
        async with self._looking, self._alone() as channel:
            found = await _found(channel, word, MOST)
            if found is None:
                return None
            now = self._clock.time() * 1000
            due = sum(moment <= now for moment in found.values())
            return len(found) - due, due

    async def remove(self, word: str) -> None:
        """Drop all messages on their way to `word`, however many there are to look through."""
        async with self._looking, self._alone() as channel:
            for tag in await _found(channel, word) or ():
                channel.pika.basic_ack(tag)

    @asynccontextmanager
    async def _alone(self) -> AsyncGenerator[Channel]:
        """A channel that puts back what it took and did not acknowledge.

        Not by its closing: RabbitMQ 4.3 counts that, and shows it where the message arrives.
        """
        channel = await self._locked()
        try:
            yield channel
            for tag in set(channel.pika.consumer_tags) - {_LOCK}:
                await channel.call(channel.pika.basic_cancel, tag)
            channel.pika.basic_nack(0, multiple=True, requeue=True)
            await channel.barrier()
        finally:
            await channel.close()

    async def _locked(self) -> Channel:
        while True:
            channel = await self._connection.channel()
            try:
                await channel.call(
                    channel.pika.queue_declare, _LOCK, exclusive=True, auto_delete=True, arguments=topology.CLASSIC
                )
                # Who has consumed it deletes it by going away.
                await channel.call(channel.pika.basic_consume, _LOCK, ignored, consumer_tag=_LOCK)
            except failures.Locked:
                await asyncio.sleep(_PAUSE)
            else:
                return channel


async def _found(channel: Channel, word: str, most: float = math.inf) -> dict[int, int] | None:
    """The tags of what is on its way to `word`, and when each is due; None when there is more than `most` in all.

    Takes all there is.
    """
    tags: dict[int, int] = {}

    def note(method: Basic.Deliver, properties: BasicProperties, _: bytes) -> None:
        if str(method.routing_key).rpartition(".")[2] == word:
            tags[method.delivery_tag or 0] = number(properties.headers, DUE)

    channel.pika.on_delivery = note
    seen = 0
    while there := await _waiting(channel):
        seen += sum(there.values())
        if seen > most:
            return None
        for level, messages in there.items():
            await channel.call(channel.pika.basic_qos, prefetch_count=min(messages, _LARGEST_PREFETCH))
            await channel.call(channel.pika.basic_consume, level, ignored)
        await channel.barrier()
    return tags


async def _waiting(channel: Channel) -> dict[str, int]:
    """How many messages each level has, if any, that nobody has taken."""
    answers = {
        level.name: await channel.call(channel.pika.queue_declare, level.name, passive=True) for level in ladder.LEVELS
    }
    return {name: answer.method.message_count for name, answer in answers.items() if answer.method.message_count}
