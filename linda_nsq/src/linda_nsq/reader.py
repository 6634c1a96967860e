"""One call for jobs: what is ready in several queues on several servers, or what comes first."""

import asyncio
import math
from collections.abc import Iterable, Sequence

from linda_nsq.consumer import Consumer, lost
from linda_nsq.failures import Cut, Refused, Unreachable
from linda_nsq.fleet import Fleet
from linda_nsq.server import Server
from linda_nsq.taken import Taken

#: Seconds in which nsqd hands over what is ready: it does not say that nothing is.
_LINGER = 0.005
#: Seconds between one message and the next of a burst.
_GAP = 0.001


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
            batch += await self._look(self._of(queue), limit - len(batch))
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

    async def _look(self, consumers: Sequence[Consumer], limit: int) -> list[Taken]:
        """What is ready."""
        if not any(consumer.spare for consumer in consumers):
            _want(consumers, limit)
            await self._until(asyncio.get_running_loop().time() + _LINGER)
        return await self._taken(consumers, limit)

    async def _first(self, limit: int, wait: float) -> list[Taken]:
        """What comes."""
        consumers = [consumer for queue in self._queues for consumer in self._of(queue)]
        _want(consumers, limit)
        await self._until(asyncio.get_running_loop().time() + wait)
        return await self._taken(consumers, limit)

    async def _until(self, give_up: float) -> None:
        """Something has come, or nothing will, or not from all."""
        everybody = [consumer for consumers in self._consumers.values() for _, consumer in consumers]
        while not any(consumer.spare for consumer in everybody) and not self._stopped:
            if broken := lost(everybody):
                raise broken
            if any(consumer.closed for consumer in everybody):
                return
            left = give_up - asyncio.get_running_loop().time()
            if left <= 0:
                return
            self._news.clear()
            await _within(left, self._news)

    async def _taken(self, consumers: Sequence[Consumer], limit: int) -> list[Taken]:
        while 0 < sum(len(consumer.spare) for consumer in consumers) < limit:
            self._news.clear()
            if not await _within(_GAP, self._news):
                break
        await asyncio.gather(*(consumer.stop() for consumer in consumers if consumer.closed is None))
        batch: list[Taken] = []
        for consumer in consumers:
            batch += consumer.draw(limit - len(batch))
        return batch

    def _of(self, queue: str) -> list[Consumer]:
        return [consumer for _, consumer in self._consumers[queue]]


def _want(consumers: Iterable[Consumer], limit: int) -> None:
    for consumer in consumers:
        if consumer.closed is None:
            consumer.want(limit)


async def _within(seconds: float, news: asyncio.Event) -> bool:
    """Whether there is any."""
    try:
        await asyncio.wait_for(news.wait(), None if seconds == math.inf else seconds)
    except TimeoutError:
        return False
    return True
