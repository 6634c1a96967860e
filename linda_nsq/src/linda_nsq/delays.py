"""The keepers of all queues that this process consumes."""

import asyncio
import logging
from collections.abc import Callable, Sequence

from linda_nsq import ladder
from linda_nsq.copies import Copies
from linda_nsq.failures import Cut, Refused, Unreachable
from linda_nsq.keeper import Keeper
from linda_nsq.server import Server

_log = logging.getLogger(__name__)

#: Seconds after which a queue that nobody asked for jobs is not looked after any more.
_IDLE = 10.0


class Delays:
    """All methods are for the event loop's thread."""

    def __init__(self, time: Callable[[], float], copies: Copies) -> None:
        """`time`: epoch seconds."""
        self._time = time
        self._copies = copies
        self._keepers: dict[tuple[Server, str], Keeper] = {}
        self._asked: dict[tuple[Server, str], float] = {}
        self._opening = asyncio.Lock()
        self._ticking: asyncio.Task[None] | None = None
        self._working = asyncio.Lock()

    async def see_to(self, servers: Sequence[Server], queues: Sequence[str]) -> None:
        """Returns when what is due on `servers` has gone to the consumers of `queues`.

        Raises Unreachable, Cut and Refused when none of them lets us.
        """
        failures: list[Exception] = []
        for server in servers:
            try:
                await self._see_to(server, queues)
            except (Cut, Unreachable, Refused) as failure:
                failures.append(failure)
        if len(failures) == len(servers):
            raise failures[0]
        if self._ticking is None:
            self._ticking = asyncio.get_running_loop().create_task(self._tick())

    async def settled(self, servers: Sequence[Server], queue: str) -> None:
        """Returns when what is due now is ready."""
        await self.see_to(servers, [queue])
        for server in servers:
            if keeper := self._keepers.get((server, queue)):
                await keeper.settled()

    async def close(self) -> None:
        """What was at hand goes back."""
        async with self._working:
            if self._ticking:
                self._ticking.cancel()
            await asyncio.gather(*(keeper.close() for keeper in self._keepers.values()))

    async def _see_to(self, server: Server, queues: Sequence[str]) -> None:
        for queue in queues:
            self._asked[server, queue] = self._time()
        if any((server, queue) not in self._keepers for queue in queues):
            async with self._opening:
                await self._open(server, [queue for queue in queues if (server, queue) not in self._keepers])

    async def _open(self, server: Server, queues: Sequence[str]) -> None:
        if not queues:
            return
        topics = await server.topics()
        for queue in queues:
            keeper = Keeper(server, queue, self._time, self._copies)
            await keeper.look(topics)
            self._keepers[server, queue] = keeper

    async def _tick(self) -> None:
        while True:
            await asyncio.sleep(ladder.until_next(self._time()))
            async with self._working:
                await self._retire()
                for server in {server for server, _ in self._keepers}:
                    await self._look(server)

    async def _retire(self) -> None:
        for key in [key for key in self._keepers if self._time() - self._asked[key] > _IDLE]:
            del self._asked[key]
            await self._keepers.pop(key).close()

    async def _look(self, server: Server) -> None:
        try:
            topics = await server.topics()
        except (Unreachable, Refused) as error:
            _log.warning("delayed jobs wait for their server: %s", error)
            return
        for keeper in [keeper for (of, _), keeper in self._keepers.items() if of is server]:
            try:
                await keeper.look(topics)
            except (Cut, Unreachable, Refused) as error:
                _log.warning("delayed jobs of %r wait for their server: %s", keeper.queue, error)
