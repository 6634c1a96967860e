"""One connection that consumes one topic, and what came through it.

nsqd fixes with the connection how long it leaves a message to us unless we touch it: its patience, as we call it. It
ends the leases of those who are dead or frozen, so it is no longer than a lease, and not as long as a long one.

nsqd sends as many messages as RDY says it may have outstanding; whatever it has sent in excess of what was wanted waits
here a moment for the next who wants it.
"""

import asyncio
from collections.abc import Callable, Iterable, Sequence

from linda_nsq import codec
from linda_nsq.connection import Connection
from linda_nsq.failures import Cut
from linda_nsq.message import Message
from linda_nsq.taken import Taken

#: A message that was asked for longer ago than this, in seconds, may have come while this process was frozen.
_FRESH = 0.5


class Consumer:
    """All methods are for the event loop's thread."""

    def __init__(self, connection: Connection, origin: str, queue: str, patience: float, hold: float) -> None:
        """`origin`: where no two messages have the same id. `hold`: how many seconds one can be kept at most."""
        self.queue = queue
        self.origin = origin
        self.patience = patience
        self.hold = hold
        self.taken: dict[bytes, Taken] = {}
        self.spare: list[Taken] = []  #: came, and is nobody's yet
        self.on_arrival: Callable[[], None] = lambda: None
        self.idle_since = 0.0
        self._connection = connection
        self._loop = asyncio.get_running_loop()
        self._rdy = 0
        self._asked = 0.0
        connection.receive = self._receive
        connection.on_close = self._closed

    @property
    def closed(self) -> Exception | None:
        """Why the connection is."""
        return self._connection.closed

    def has(self, taken: Taken) -> bool:
        """Whether it is still with us, as far as we know."""
        return self.taken.get(taken.id) is taken and self._connection.closed is None

    def want(self, number: int) -> None:
        """Let nsqd send so many more than are here."""
        self._asked = self._loop.time()
        self._set_rdy(len(self.taken) + number if number else 0)

    async def stop(self) -> None:
        """Let nsqd send no more. What it has sent is here when this returns, but for one message in a great while.

        What may have come long ago, because this process was frozen, is here only if it still is ours.
        """
        if not self._rdy:
            return
        complete = len(self.taken) >= self._rdy
        self._set_rdy(0)
        doubtful = self.spare if self._loop.time() - self._asked > _FRESH else []
        if complete and not doubtful:
            return
        await self.touch(list(doubtful))
        self.spare = [taken for taken in self.spare if self.has(taken)]

    def hush(self) -> None:
        """Let nsqd send no more, without waiting for what is on its way."""
        if self._connection.closed is None:
            self._set_rdy(0)

    def draw(self, number: int) -> list[Taken]:
        """Some of what has come, the oldest first."""
        drawn, self.spare = self.spare[:number], self.spare[number:]
        return drawn

    async def finish(self, batch: Sequence[Taken]) -> set[Taken]:
        """nsqd forgets them. Returns those that were not ours any more."""
        refused = await self._settle(batch, [codec.finish(taken.id) for taken in batch])
        self._forget(batch)
        return refused

    async def requeue(self, batch: Sequence[Taken]) -> set[Taken]:
        """They are ready again. Returns those that were not ours any more."""
        refused = await self._settle(batch, [codec.requeue(taken.id) for taken in batch])
        self._forget(batch)
        return refused

    async def touch(self, batch: Sequence[Taken]) -> set[Taken]:
        """nsqd is patient anew. Returns those that were not ours any more."""
        self._renewed(batch)
        return await self._settle(batch, [codec.touch(taken.id) for taken in batch])

    def keep(self, batch: Sequence[Taken]) -> None:
        """The same, without waiting to hear of it."""
        self._renewed(batch)
        self._connection.send(b"".join(codec.touch(taken.id) for taken in batch))

    def close(self) -> None:
        """nsqd gives what is held here to somebody else once its time is over."""
        self._connection.close()

    async def _settle(self, batch: Sequence[Taken], commands: Sequence[bytes]) -> set[Taken]:
        for taken in batch:
            taken.busy = True
        try:
            await self._connection.barrier(b"".join(commands))
        finally:
            for taken in batch:
                taken.busy = False
        refused = {taken for taken in batch if taken.id in self._connection.refused}
        self._connection.refused.difference_update(taken.id for taken in batch)
        self._forget(refused)
        return refused

    def _renewed(self, batch: Sequence[Taken]) -> None:
        for taken in batch:
            taken.until = self._loop.time() + self.patience

    def _forget(self, batch: Iterable[Taken]) -> None:
        for taken in batch:
            if self.taken.get(taken.id) is taken:
                del self.taken[taken.id]

    def _set_rdy(self, number: int) -> None:
        if number != self._rdy:
            self._connection.send(codec.ready(number))
            self._rdy = number

    def _closed(self) -> None:
        self.on_arrival()

    def _receive(self, identity: bytes, sent: int, raw: bytes) -> None:
        taken = Taken(self, identity, sent, Message.read(raw), self._loop.time())
        self.taken[identity] = taken
        self.spare.append(taken)
        self.on_arrival()


def lost(consumers: Sequence[Consumer]) -> Cut | None:
    """What to raise when none of them can get anything any more."""
    reasons = [consumer.closed for consumer in consumers]
    return Cut(str(reasons[0])) if reasons and all(reasons) else None
