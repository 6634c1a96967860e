"""All nsqd of a URL: jobs go to one of them, and come from all."""

import asyncio
import logging
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
            now = asyncio.get_running_loop().time()
            due = [each for each in self._addresses if each not in self._absent or self._absent[each].until <= now]
            failure: Exception = Unreachable("nsqlookupd knows no nsqd; each is told of it by -lookupd-tcp-address")
            present: list[Server] = []
            for address in due or self._addresses:
                try:
                    present.append(await self._reached(address))
                except (Unreachable, Refused) as error:
                    self.miss(address, error)
                    failure = error
            if not present:
                raise failure
            return present

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
        for server in self._servers.values():
            server.close()

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
