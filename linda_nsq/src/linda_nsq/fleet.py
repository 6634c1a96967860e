"""All nsqd of a URL: jobs go to one of them, and come from all."""

import asyncio
import logging
import math
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import TypeVar

from linda_nsq.failures import Refused, Unreachable
from linda_nsq.message import Message
from linda_nsq.options import Address
from linda_nsq.roster import Roster
from linda_nsq.server import Server

_log = logging.getLogger(__name__)

Result = TypeVar("Result")

#: Seconds between attempts to reach one server, while others serve.
_SHORTEST_REST, _LONGEST_REST = 0.1, 10.0
#: Seconds between questions which servers there are.
_ROUND = 5.0


@dataclass(slots=True)
class Absence:
    """A server that could not be reached."""

    rest: float
    until: float


class Fleet:
    """All methods are for the event loop's thread."""

    def __init__(self, roster: Roster) -> None:
        self._roster = roster
        self._servers: dict[Address, Server] = {}
        self._absent: dict[Address, Absence] = {}
        self._addresses: Sequence[Address] = ()
        self._asked = float("-inf")
        self._looking = asyncio.Lock()
        self._retrying: set[asyncio.Task[list[Server]]] = set()
        self._failure: Exception = Unreachable("nsqlookupd knows no nsqd; each is told of it by -lookupd-tcp-address")

    @property
    def servers(self) -> list[Server]:
        """Those that have been reached."""
        return list(self._servers.values())

    @property
    def steady(self) -> float:
        """Seconds for which `present` need not be asked again, unless a connection breaks."""
        changes = [self._asked + _ROUND, *(absence.until for absence in self._absent.values())]
        return max(min(changes) - asyncio.get_running_loop().time(), _SHORTEST_REST)

    async def present(self) -> list[Server]:
        """Those that can be asked for jobs now. Raises Unreachable when there is none."""
        async with self._looking:
            await self._look()
            present = await self._reach([address for address in self._addresses if address not in self._absent])
            if present:
                self._retry()
                return present
            if present := await self._reach(self._addresses):
                return present
            raise self._failure

    async def first(self, act: Callable[[Server], Awaitable[Result]]) -> Result:
        """`act` on one server: on the next, where one cannot be reached and so has done nothing."""
        failure: Exception = Unreachable("no server is there")
        for server in await self.present():
            try:
                return await act(server)
            except Unreachable as error:
                self.miss(server.address, error)
                failure = error
        raise failure

    async def publish(self, queue: str, topic: str, messages: Sequence[Message]) -> None:
        """Returns when one server has all of them. Raises Unreachable, Cut and Refused."""
        await self.first(lambda server: server.publish(queue, topic, messages))

    def miss(self, address: Address, error: Exception) -> None:
        """Leave it alone for a while, longer each time."""
        known = self._absent.get(address)
        rest = min(2 * known.rest, _LONGEST_REST) if known else _SHORTEST_REST
        if known is None:
            _log.warning("a server serves nobody for now: %s", error)
        self._absent[address] = Absence(rest, asyncio.get_running_loop().time() + rest)

    async def close(self) -> None:
        """Now."""
        for task in self._retrying:
            task.cancel()
        for server in self._servers.values():
            server.close()

    def _retry(self) -> None:
        """Look for those who were absent; nobody waits for that."""
        loop = asyncio.get_running_loop()
        for address, absence in self._absent.items():
            if address in self._addresses and absence.until <= loop.time():
                absence.until = math.inf
                task = loop.create_task(self._reach([address]))
                self._retrying.add(task)
                task.add_done_callback(self._retrying.discard)

    async def _reach(self, addresses: Sequence[Address]) -> list[Server]:
        """Those of them that answer."""
        answers = await asyncio.gather(*map(self._reached, addresses), return_exceptions=True)
        for address, answer in zip(addresses, answers, strict=True):
            if isinstance(answer, Unreachable | Refused):
                self.miss(address, answer)
                self._failure = answer
            elif isinstance(answer, BaseException):
                raise answer
        return [answer for answer in answers if isinstance(answer, Server)]

    async def _look(self) -> None:
        now = asyncio.get_running_loop().time()
        if now - self._asked < _ROUND:
            return
        try:
            self._addresses = await asyncio.get_running_loop().run_in_executor(None, self._roster.addresses)
            self._asked = now
        except Unreachable:
            if not self._addresses:
                raise

    async def _reached(self, address: Address) -> Server:
        if address not in self._servers:
            loop = asyncio.get_running_loop()
            self._servers[address] = await loop.run_in_executor(None, self._roster.server, address)
        server = self._servers[address]
        await server.open()
        if self._absent.pop(address, None):
            _log.info("%s serves again", address)
        return server
