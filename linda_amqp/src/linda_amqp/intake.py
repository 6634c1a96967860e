"""Messages out: exactly as many as were asked for.

A consumer with a prefetch of n gets n messages and no more until one of them is acknowledged; `basic.get` gets one,
or learns that there is none. So a demand begins with a get, whose answer says how many more there are, and takes
those with a consumer of its own, which is cancelled when it has got them. From some fifty messages at a time that is
about as fast as a consumer that stays; one get per message costs a quorum queue twenty times as much. Nothing is
hoarded, and no job counts as handed out that was not.

A consumer must not be cancelled before it has got its number: what is on its way to it at that moment the server
takes back, and counts that as a delivery. So one that waits in vain, or that others were faster than, stays for
whoever asks next; only when nobody does for a while is it given up.
"""

import asyncio
from collections.abc import Callable, Generator, Iterable, Sequence
from contextlib import ExitStack, contextmanager
from functools import partial
from itertools import count, takewhile
from typing import Any

from pika.spec import Basic, BasicProperties

from linda_amqp import failures
from linda_amqp.channel import Channel, ignored
from linda_amqp.getter import Getter
from linda_amqp.message import Message
from linda_amqp.taken import Taken
from linda_amqp.tap import Tap, Waiter

#: How long, in seconds, what was not got is still wanted.
_LINGER = 0.5


class Intake:
    """The consumers of one channel, and what they have delivered."""

    def __init__(self, channel: Channel, stray: Callable[[Taken], None]) -> None:
        """`stray` is called for each message that has come and that nobody wants any more."""
        self.channel = channel
        self.taken: dict[int, Taken] = {}  # in the order of their tags
        self._stray = stray
        self._numbers = count()
        self._taps: list[Tap] = []
        self._tap_of: dict[str, Tap] = {}
        self._cancelling: set[asyncio.Future[Any]] = set()
        self._getter = Getter(channel)
        channel.pika.on_delivery = self._on_delivery
        channel.pika.add_on_cancel_callback(self._on_cancelled)

    async def take(self, queue: str, limit: int) -> list[Taken]:
        """Up to `limit` messages that are ready in the server's `queue`."""
        tap = self._tap(queue)
        with self._using(tap):
            async with tap.taking:
                if len(tap.got) < limit:
                    await self._fill(tap, limit - len(tap.got))
                return tap.collect(limit)

    async def wait(self, queues: Sequence[str], limit: int, waiter: Waiter) -> list[Taken]:
        """What comes first, up to `limit` messages; none once the waiter is told to stop."""
        taps = [self._tap(queue) for queue in queues]
        closed = self.channel.future()
        try:
            while True:
                waiter.bell.clear()
                for tap in taps:
                    if tap.gone:
                        tap.gone = False
                        raise failures.Missing(f"somebody has deleted {tap.queue!r}; it is made again by the next call")
                    if tap.got:
                        return tap.collect(limit)
                if waiter.over:
                    return []
                await self._wait(taps, waiter, closed)
        finally:
            closed.cancel()

    async def _wait(self, taps: Sequence[Tap], waiter: Waiter, closed: asyncio.Future[Any]) -> None:
        ringing = asyncio.ensure_future(waiter.bell.wait())
        with ExitStack() as stack:
            stack.callback(ringing.cancel)
            for tap in taps:
                stack.enter_context(self._using(tap))
                stack.enter_context(tap.waited_for(waiter))
                if len(tap.asked) < len(tap.waiters):
                    self._ask(tap, 1)
            await asyncio.wait([ringing, closed], return_when=asyncio.FIRST_COMPLETED)
        if closed.done():
            closed.result()

    async def quiet(self) -> None:
        """Returns when the server knows of every consumer that has got its number: settling would make it get more."""
        if self._cancelling:
            await asyncio.wait(self._cancelling)

    async def acknowledge(self, batch: Iterable[Taken]) -> None:
        """Remove for good those that are not gone already, after `quiet`. Returns when the server has done it."""
        self.channel.check()
        tags = self.taken.keys() & {taken.tag for taken in batch}
        first = list(takewhile(tags.__contains__, self.taken))
        if first:  # the oldest of all that are out: one acknowledgement is enough for them
            self.channel.pika.basic_ack(first[-1], multiple=True)
        for tag in tags.difference(first):
            self.channel.pika.basic_ack(tag)
        for tag in tags:
            del self.taken[tag]
        await self.channel.barrier()

    def put_back(self, batch: Iterable[Taken]) -> None:
        """Make those ready again that are not gone already, after `quiet`.

        Rejecting counts a delivery on every version of the server; `nack` does not from 4.3 on.
        """
        for taken in batch:
            if self.taken.pop(taken.tag, None) is not None:
                self.channel.pika.basic_reject(taken.tag, requeue=True)

    async def drop(self, queue: str) -> None:
        """Remove for good what has come from the server's `queue`, whoever has been given it."""
        await self.quiet()
        tap = self._tap(queue)
        tap.collect(len(tap.got))
        await self.acknowledge([taken for taken in self.taken.values() if taken.queue == queue and not taken.busy])

    async def _fill(self, tap: Tap, limit: int) -> None:
        """Have `limit` more messages, or all that are ready, come."""
        if not tap.asked:
            there = await self._getter.get(tap.queue, partial(self._arrived, tap))
            if there > 1 and limit > 1:
                self._ask(tap, min(limit, there) - 1)
        if tap.asked:  # the queue has been emptied for us: what it had is here or on its way
            await self.channel.barrier()

    def _ask(self, tap: Tap, number: int) -> None:
        """Let `number` messages come as soon as there are any."""
        self.channel.check()
        tag = f"{tap.number}.{next(self._numbers)}"  # says which queue, even when it is over
        tap.asked[tag] = number
        self.channel.pika.basic_qos(prefetch_count=number, callback=ignored)
        self.channel.pika.basic_consume(tap.queue, ignored, consumer_tag=tag, callback=ignored)

    def _on_delivery(self, method: Basic.Deliver, properties: BasicProperties, body: bytes) -> None:
        tag = str(method.consumer_tag)
        tap = self._tap_behind(tag)
        self._arrived(tap, method, properties, body)
        if tag in tap.asked:
            tap.asked[tag] -= 1
            if not tap.asked[tag]:
                self._cancel(tap, tag)

    def _arrived(self, tap: Tap, method: Basic.Deliver | Basic.GetOk, properties: BasicProperties, body: bytes) -> None:
        message = Message.received(properties, body, redelivered=bool(method.redelivered))
        number = int(method.delivery_tag or 0)
        taken = Taken(self, tap.queue, number, message)
        self.taken[number] = taken
        if not tap.users and tap.giving_up is None:
            self._stray(taken)
            return
        tap.got.append(taken)
        tap.ring()

    def _cancel(self, tap: Tap, tag: str) -> None:
        del tap.asked[tag]
        cancelling = asyncio.ensure_future(self.channel.call(self.channel.pika.basic_cancel, tag))
        self._cancelling.add(cancelling)
        cancelling.add_done_callback(self._cancelled)

    def _cancelled(self, cancelling: asyncio.Future[Any]) -> None:
        self._cancelling.discard(cancelling)
        if not cancelling.cancelled():
            cancelling.exception()  # the channel has closed, which whoever settles next will hear

    def _on_cancelled(self, frame: Any) -> None:
        tag = str(frame.method.consumer_tag)
        tap = self._tap_behind(tag)
        tap.asked.pop(tag, None)
        tap.gone = True
        tap.ring()

    def _tap_behind(self, tag: str) -> Tap:
        return self._taps[int(tag.partition(".")[0])]

    def _tap(self, queue: str) -> Tap:
        tap = self._tap_of.get(queue)
        if tap is None:
            tap = self._tap_of[queue] = Tap(queue, len(self._taps))
            self._taps.append(tap)
        return tap

    @contextmanager
    def _using(self, tap: Tap) -> Generator[None]:
        """While a call uses it, and for a while after the last, what was asked for is wanted."""
        tap.users += 1
        if tap.giving_up is not None:
            tap.giving_up.cancel()
            tap.giving_up = None
        try:
            yield
        finally:
            tap.users -= 1
            if not tap.users and (tap.asked or tap.got) and self.channel.closed is None:
                tap.giving_up = asyncio.get_running_loop().call_later(_LINGER, self._give_up, tap)

    def _give_up(self, tap: Tap) -> None:
        tap.giving_up = None
        if self.channel.closed is None:
            for tag in list(tap.asked):
                self._cancel(tap, tag)
            for taken in tap.collect(len(tap.got)):
                self._stray(taken)
