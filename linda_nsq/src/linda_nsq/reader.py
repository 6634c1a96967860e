"""One call for jobs: what is ready in several queues on several servers, or what comes first."""

import asyncio
import math
from collections.abc import Iterable, Sequence
from contextlib import suppress

from linda_nsq.consumer import Consumer, lost
from linda_nsq.failures import Cut, Refused, Unreachable
from linda_nsq.fleet import Fleet
from linda_nsq.server import Server
from linda_nsq.taken import Taken

#: Seconds in which nsqd hands over what is ready, unless it is busy.
_LINGER = 0.002
#: Seconds between one message and the next of a burst.
_GAP = 0.001
#: Seconds we wait for what nsqd says is there: somebody else may get it.
_PATIENCE = 0.25
#: How often nsqd has to say in a row that nothing is ready: what is on its way to the channel is in no count.
_LOOKS = 2


class Reader:
    """All methods are for the event loop's thread."""

    def __init__(self, fleet: Fleet, servers: Sequence[Server], queues: Sequence[str], patience: float) -> None:
        self._fleet = fleet
        self._servers = servers
        self._queues = queues
        self._patience = patience
        self._consumers: dict[str, list[tuple[Server, Consumer]]] = {queue: [] for queue in queues}
        self._news = asyncio.Event()
        self._stopped = False

    async def open(self, limit: int) -> None:
        """Raises Unreachable, Cut and Refused when no server lets us."""
        failure: Exception | None = None
        for server in self._servers:
            try:
                for queue in self._queues:
                    consumer = await server.consumer(queue, self._patience, limit)
                    consumer.on_arrival = self._news.set
                    self._consumers[queue].append((server, consumer))
            except (Unreachable, Cut, Refused) as error:
                self._fleet.miss(server.address, error)
                failure = error
        if failure and not any(self._consumers.values()):
            raise failure

    def stop(self) -> None:
        """Do not wait any longer."""
        self._stopped = True
        self._news.set()

    async def read(self, limit: int, wait: float) -> list[Taken]:
        """Up to `limit` jobs. Raises Cut when no connection is left."""
        batch: list[Taken] = []
        for queue in self._queues:
            if wait > _PATIENCE and not batch and queue is self._queues[-1]:
                break  # whatever is there comes while we wait
            consumers = self._of(queue)
            await self._settle(queue, consumers, limit - len(batch))
            batch += await self._taken(consumers, limit - len(batch))
            if len(batch) == limit:
                return batch
        if not batch and wait and not self._stopped:
            batch = await self._first(limit, wait)
        return batch

    def close(self) -> None:
        """The connections are for others again."""
        for consumers in self._consumers.values():
            for server, consumer in consumers:
                server.give_back(consumer)

    async def _settle(self, queue: str, consumers: Sequence[Consumer], limit: int) -> None:
        """Returns when something has come, or when nothing is going to."""
        await self._arrival(consumers, limit, _LINGER)
        with suppress(TimeoutError, Unreachable, Refused):
            async with asyncio.timeout(_PATIENCE):
                looks = 0
                while looks < _LOOKS and not self._enough(consumers):
                    looks = 0 if await self._coming(queue) else looks + 1
                    await self._until(consumers, _GAP)

    async def _coming(self, queue: str) -> bool:
        """Whether nsqd counts jobs that it is about to send."""
        for server, _ in self._consumers[queue]:
            if await server.coming(queue):
                return True
        return False

    async def _first(self, limit: int, wait: float) -> list[Taken]:
        """What comes."""
        consumers = self._everybody()
        await self._arrival(consumers, limit, wait)
        return await self._taken(consumers, limit)

    async def _arrival(self, consumers: Sequence[Consumer], limit: int, seconds: float) -> None:
        """As `_until`. One is asked for, which nsqd sends at once; but where many came before, as many again."""
        if not self._enough(consumers) and any(consumer.flows for consumer in consumers):
            _want(consumers, limit)
            await self._until(consumers, _GAP)
        if not self._enough(consumers):
            _want(consumers, 1)
            await self._until(consumers, seconds)

    async def _until(self, consumers: Sequence[Consumer], seconds: float) -> None:
        """Something has come, or so much time has passed, or not all can give us anything."""
        give_up = asyncio.get_running_loop().time() + seconds
        while not self._enough(consumers):
            if broken := lost(self._everybody()):
                raise broken
            if any(consumer.closed for consumer in consumers):
                return
            left = give_up - asyncio.get_running_loop().time()
            if left <= 0:
                return
            self._news.clear()
            await _within(left, self._news)

    async def _taken(self, consumers: Sequence[Consumer], limit: int) -> list[Taken]:
        """What has come, and what comes with it."""
        if 0 < (number := _number(consumers)) < limit:
            _want(consumers, limit - number)
        while 0 < _number(consumers) < limit:
            self._news.clear()
            if not await _within(_GAP, self._news):
                break
        await asyncio.gather(*(consumer.stop() for consumer in consumers if consumer.closed is None))
        batch: list[Taken] = []
        for consumer in consumers:
            batch += consumer.draw(limit - len(batch))
        return batch

    def _enough(self, consumers: Iterable[Consumer]) -> bool:
        """Whether there is nothing to wait for: something has come, or nobody waits any longer."""
        return self._stopped or any(consumer.spare for consumer in consumers)

    def _everybody(self) -> list[Consumer]:
        return [consumer for queue in self._queues for consumer in self._of(queue)]

    def _of(self, queue: str) -> list[Consumer]:
        return [consumer for _, consumer in self._consumers[queue]]


def _number(consumers: Iterable[Consumer]) -> int:
    return sum(len(consumer.spare) for consumer in consumers)


def _want(consumers: Iterable[Consumer], limit: int) -> None:
    for consumer in consumers:
        if consumer.closed is None:
            consumer.want(limit)


async def _within(seconds: float, news: asyncio.Event) -> bool:
    """Whether there is any."""
    try:
        async with asyncio.timeout(None if seconds == math.inf else seconds):
            await news.wait()
    except TimeoutError:
        return False
    return True
