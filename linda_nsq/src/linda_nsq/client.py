"""Every verb as a coroutine of the connections' event loop."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Sequence
from contextlib import suppress
from functools import partial

from linda_core.driver.receipts import refused
from linda_nsq import failures, ladder, names
from linda_nsq.consumer import Consumer
from linda_nsq.copies import Copies, by_consumer
from linda_nsq.delays import Delays
from linda_nsq.fleet import Fleet
from linda_nsq.leases import Leases
from linda_nsq.message import Message
from linda_nsq.reader import Reader
from linda_nsq.server import Server
from linda_nsq.sweep import sweep
from linda_nsq.taken import Taken

#: What is done with some of a batch, all of one consumer; returns those that were not ours any more.
Settle = Callable[[Sequence[Taken]], Awaitable[set[Taken]]]


class Client:
    """All methods are for the event loop's thread."""

    def __init__(self, fleet: Fleet, time: Callable[[], float], patience: float) -> None:
        """`time`: epoch seconds. `patience`: after how many of silence others get what is held here."""
        self._patience = patience
        self._fleet = fleet
        self._time = time
        self._copies = Copies()
        self._leases = Leases(self._consumers)
        self._delays = Delays(time, self._copies)
        self._readers: set[Reader] = set()
        self._wakes = 0
        self._tidying: asyncio.Task[None] | None = None

    async def open(self) -> None:
        """Raises Unreachable."""
        await self._fleet.present()

    async def close(self) -> None:
        """nsqd gives what is held here to somebody else once its lease is over."""
        if self._tidying:
            self._tidying.cancel()
        await self._delays.close()
        await self._hand_back(server.spare(0) for server in self._fleet.servers)
        await self._fleet.close()

    async def push(self, queue: str, messages: Sequence[Message], delay: float) -> None:
        """Returns when a server has all of them."""
        await self._fleet.publish(queue, *self._placed(queue, messages, delay))

    async def reserve(self, queues: Sequence[str], limit: int, lease: float, wait: float) -> list[Taken]:
        """What is ready, earlier queues first; else what comes first."""
        loop = asyncio.get_running_loop()
        give_up, wakes = loop.time() + wait, self._wakes
        while True:
            reader = await self._reader(queues, lease)
            try:
                await reader.open(limit)
                left = max(give_up - loop.time(), 0.0) if wakes == self._wakes else 0.0
                batch = await self._read(reader, limit, lease, min(left, self._fleet.steady))
            finally:
                self._readers.discard(reader)
                reader.close()
            if batch or wakes != self._wakes or loop.time() >= give_up:
                return batch

    def wake(self) -> None:
        """End the waiting of all who reserve now."""
        self._wakes += 1
        for reader in self._readers:
            reader.stop()

    async def delete(self, receipts: Sequence[Taken]) -> Sequence[int]:
        """The positions of those refused."""
        mine = await self._each(receipts, lambda some: some[0].consumer.finish(some))
        self._copies.deleted(mine)
        return refused(receipts, mine)

    async def release(self, queue: str, receipts: Sequence[Taken], delay: float) -> Sequence[int]:
        """The positions of those refused."""
        due = self._time() + delay if delay else 0.0
        topic = self._rung(queue, due) if delay else names.work(queue)
        return await self._moved(queue, receipts, topic, lambda taken: taken.copy(due=due))

    async def bury(self, queue: str, receipts: Sequence[Taken], reason: str) -> Sequence[int]:
        """The positions of those refused."""
        return await self._moved(queue, receipts, names.buried(queue), lambda taken: taken.copy(reason=reason))

    async def touch(self, receipts: Sequence[Taken], lease: float) -> Sequence[int]:
        """The positions of those refused."""
        mine = self._leases.held(receipts)
        lost = await self._leases.renew(mine, lease)
        return refused(receipts, [taken for taken in mine if taken not in lost])

    async def kick(self, queue: str, limit: int) -> int:
        """How many were moved."""
        moved = 0
        for server in await self._fleet.present():
            moved += await self._kick(server, queue, limit - moved)
            if moved == limit:
                break
        return moved

    async def settled(self, queue: str) -> list[Server]:
        """Returns when everything that is due or overdue here is ready again. All servers there are."""
        servers = await self._fleet.present()
        await self._leases.settled()
        await self._delays.settled(servers, queue)
        return servers

    async def _reader(self, queues: Sequence[str], lease: float) -> Reader:
        servers = await self._fleet.present()
        await self._delays.see_to(servers, queues)
        reader = Reader(self._fleet, servers, queues, min(lease, self._patience))
        self._readers.add(reader)
        if self._tidying is None:
            self._tidying = asyncio.get_running_loop().create_task(self._tidy())
        return reader

    async def _read(self, reader: Reader, limit: int, lease: float, wait: float) -> list[Taken]:
        while True:
            batch = await reader.read(limit, wait)
            self._leases.start(batch, lease)
            current = await self._copies.current(batch)
            if current or not batch:
                return current

    async def _kick(self, server: Server, queue: str, limit: int) -> int:
        buried = names.buried(queue)
        moved = 0
        if buried not in await server.topics(buried):
            return 0
        # However many nsqd counts: what is on its way from the topic to the channel is in neither.
        async for batch in sweep(server, buried, queue, limit):
            copies = [Message(taken.message.body, taken.push).copy(attempts=taken.message.attempts) for taken in batch]
            lost = await self._copies.move(batch, copies, partial(server.publish, queue, names.work(queue)))
            moved += len(batch) - len(lost)
        return moved

    def _placed(self, queue: str, messages: Sequence[Message], delay: float) -> tuple[str, Sequence[Message]]:
        if not delay:
            return names.work(queue), messages
        due = self._time() + delay
        return self._rung(queue, due), [message.copy(attempts=message.attempts, due=due) for message in messages]

    def _rung(self, queue: str, due: float) -> str:
        return names.delayed(queue, ladder.rung(due, self._time()))

    async def _each(self, receipts: Sequence[Taken], settle: Settle) -> list[Taken]:
        """Settle those that are held here. Returns those that were."""
        mine = self._leases.held(receipts)
        lost: set[Taken] = set()
        try:
            for lots in by_consumer(mine).values():
                lost |= await settle(lots)
        except BaseException:
            self._leases.check()
            raise
        return [taken for taken in mine if taken not in lost] if lost else mine

    async def _moved(
        self, queue: str, receipts: Sequence[Taken], topic: str, copied: Callable[[Taken], Message]
    ) -> Sequence[int]:
        publish = partial(self._fleet.publish, queue, topic)
        return refused(
            receipts,
            await self._each(receipts, lambda some: self._copies.move(some, [copied(each) for each in some], publish)),
        )

    def _consumers(self) -> Iterable[Consumer]:
        return (consumer for server in self._fleet.servers for consumer in server.consumers())

    async def _tidy(self) -> None:
        """What came and nobody asked for goes to others."""
        while True:
            await asyncio.sleep(0.2)
            await self._hand_back(server.spare(0.2) for server in self._fleet.servers)

    async def _hand_back(self, spare: Iterable[Sequence[Consumer]]) -> None:
        """By copies, because requeueing would count as an attempt."""
        for consumer in [consumer for consumers in spare for consumer in consumers]:
            batch = consumer.draw(len(consumer.spare))
            copies = [taken.copy(handed_out=False) for taken in batch]
            publish = partial(self._fleet.publish, consumer.queue, names.work(consumer.queue))
            with suppress(failures.Cut):  # nsqd gives them to others by itself
                try:
                    await self._copies.move(batch, copies, publish)
                except (failures.Unreachable, failures.Refused):
                    await consumer.requeue(batch)
