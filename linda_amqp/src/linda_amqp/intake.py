"""Messages out: exactly as many as were asked for, and none that nobody waits for.

A consumer with a prefetch of n gets n messages and no more until one of them is acknowledged. So each demand for n
is a consumer of its own, cancelled when it has got them or when the queue has no more: nothing is hoarded in a
worker, and no job is counted as handed out that was not. From some fifty messages at a time it is about as fast as
a consumer that stays; one `basic.get` per message costs a quorum queue twenty times as much.
"""

import asyncio
import math
from collections.abc import Callable, Iterable, Sequence
from itertools import chain, count, takewhile
from typing import Any

from pika.spec import Basic, BasicProperties

from linda_amqp.channel import Channel
from linda_amqp.message import Message


class Taken:
    """A message that this process has and the server has not forgotten: to be acknowledged or put back, once."""

    __slots__ = ("busy", "deadline", "hold_until", "intake", "message", "queue", "redelivered", "tag")

    def __init__(self, intake: "Intake", queue: str, tag: int, message: Message, *, redelivered: bool) -> None:
        self.intake = intake
        self.queue = queue  #: the server's name for it
        self.tag = tag
        self.message = message
        self.redelivered = redelivered  #: it was in somebody's hands before
        self.busy = False  #: a copy of it is being published
        self.deadline = math.inf  #: when its lease ends, in the event loop's time
        self.hold_until = math.inf  #: when its last lease must have ended

    @property
    def open(self) -> bool:
        """Whether it can still be settled: nobody has, or is about to, and its channel is still there."""
        return not self.busy and self.tag in self.intake.taken and self.intake.channel.closed is None


class Demand:
    """What one consumer is for, and what it got."""

    def __init__(self, queue: str, limit: int, arrived: asyncio.Event) -> None:
        self.queue = queue
        self.limit = limit
        self.arrived = arrived
        self.got: list[Taken] = []


class Intake:
    """The consumers of one channel, and what they have delivered."""

    def __init__(self, channel: Channel, stray: Callable[[Taken], None]) -> None:
        """`stray` is called for each message that comes after its demand is over, as it may from a cluster."""
        self.channel = channel
        self.taken: dict[int, Taken] = {}  # in the order of their tags
        self._stray = stray
        self._numbers = count()
        self._queues: list[str] = []
        self._demands: dict[str, Demand] = {}
        channel.pika.on_delivery = self._on_delivery

    async def take(self, queue: str, limit: int) -> list[Taken]:
        """Up to `limit` messages that are ready in the server's `queue`."""
        return await self._end([self._consume(Demand(queue, limit, asyncio.Event()))])

    async def wait(self, queues: Sequence[str], limit: int, over: asyncio.Event) -> list[Taken]:
        """What comes first, from one queue up to `limit` messages, from several perhaps one more for each.

        Whoever sets `over` ends the waiting.
        """
        each = max(1, limit // len(queues))
        tags = [self._consume(Demand(queue, each, over)) for queue in queues]
        closed = self.channel.future()
        waiting = asyncio.ensure_future(over.wait())
        try:
            await asyncio.wait([waiting, closed], return_when=asyncio.FIRST_COMPLETED)
        except asyncio.CancelledError:
            self.put_back(await self._end(tags))
            raise
        finally:
            waiting.cancel()
            closed.cancel()
        return await self._end(tags)

    async def acknowledge(self, batch: Iterable[Taken]) -> None:
        """Remove them for good. Returns when the server has done it."""
        tags = {taken.tag for taken in batch}
        first = list(takewhile(tags.__contains__, self.taken))
        if first:  # the oldest of all that are out: one acknowledgement is enough for them
            self.channel.pika.basic_ack(first[-1], multiple=True)
        for tag in tags.difference(first):
            self.channel.pika.basic_ack(tag)
        for tag in tags:
            self.taken.pop(tag, None)
        await self.channel.barrier()

    def put_back(self, batch: Iterable[Taken]) -> None:
        """Make them ready again. Rejecting counts a delivery on every version; `nack` does not from 4.3 on."""
        for taken in batch:
            del self.taken[taken.tag]
            self.channel.pika.basic_reject(taken.tag, requeue=True)

    def _consume(self, demand: Demand) -> str:
        """The tag of the demand's consumer; it says which queue, for what comes too late for the demand."""
        self.channel.check()
        if demand.queue not in self._queues:
            self._queues.append(demand.queue)
        tag = f"{self._queues.index(demand.queue)}.{next(self._numbers)}"
        self._demands[tag] = demand
        self.channel.pika.basic_qos(prefetch_count=demand.limit, callback=_ignored)
        self.channel.pika.basic_consume(demand.queue, _ignored, consumer_tag=tag, callback=_ignored)
        return tag

    async def _end(self, tags: Sequence[str]) -> list[Taken]:
        """Cancel the consumers. Everything that was on its way to them has arrived when this returns."""
        demands = [self._demands[tag] for tag in tags]
        ending = asyncio.gather(*(self.channel.call(self.channel.pika.basic_cancel, tag) for tag in tags))
        try:
            await ending
            if any(len(demand.got) < demand.limit for demand in demands):
                await self.channel.barrier()
        except asyncio.CancelledError:
            self.put_back(chain.from_iterable(demand.got for demand in demands))
            raise
        finally:
            for tag in tags:
                del self._demands[tag]
        return list(chain.from_iterable(demand.got for demand in demands))

    def _on_delivery(self, method: Basic.Deliver, properties: BasicProperties, body: bytes) -> None:
        queue = self._queues[int(method.consumer_tag.partition(".")[0])]
        message = Message.received(properties, body)
        taken = Taken(self, queue, method.delivery_tag, message, redelivered=bool(method.redelivered))
        self.taken[taken.tag] = taken
        demand = self._demands.get(method.consumer_tag)
        if demand is None:
            self._stray(taken)
        else:
            demand.got.append(taken)
            demand.arrived.set()


def _ignored(*_: Any) -> None:
    """pika wants a callback: deliveries go past it, and an answer is known by the next one."""
