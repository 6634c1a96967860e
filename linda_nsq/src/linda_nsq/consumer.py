"""One connection that consumes one topic, and what came through it.

nsqd fixes with the connection how long it leaves a message to us unless we touch it: its patience, as we call it. It
ends the leases of those who are dead or frozen, so it is no longer than a lease, and not as long as a long one.

nsqd sends as many messages as RDY says it may have outstanding, and writes them from a buffer of 16 KiB: when that is
full, when RDY is reached, and before each reply (nsqd, protocol_v2.go). So who wants just one has it at once, and who
wants many has them in few pieces. Whatever nsqd has sent in excess of what was wanted waits here a moment for the next
who wants it.
"""

import asyncio
from collections.abc import Callable, Collection, Iterable, Sequence

from linda_nsq import codec
from linda_nsq.connection import Arrival, Connection
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
        self.flows = False  #: as many came as were wanted
        self._asked = 0.0
        connection.receive = self._receive
        connection.on_close = self._closed

    @property
    def closed(self) -> Exception | None:
        """Why the connection is."""
        return self._connection.closed

    def has(self, taken: Taken) -> bool:
        """Whether it is still with us, as far as we know."""
        return self.taken.get(taken.id) is taken

    def want(self, number: int) -> None:
        """Let nsqd send so many more than are here, whatever is settled meanwhile.

        A lone one comes at once; of several it may keep some back until the last has come, or `stop`.
        """
        if not self._rdy:
            self._asked = self._loop.time()
        self._set_rdy(len(self.taken) + number if number else 0)

    async def stop(self) -> None:
        """Let nsqd send no more. What it has sent is here when this returns, but for one message in a great while.

        What may have come long ago, because this process was frozen, is here only if it still is ours.
        """
        if not self._rdy:
            return
        self.flows = complete = len(self.taken) >= self._rdy
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
        return await self._let_go(batch, codec.finish(taken.id for taken in batch))

    async def requeue(self, batch: Sequence[Taken]) -> set[Taken]:
        """They are ready again. Returns those that were not ours any more."""
        return await self._let_go(batch, codec.requeue(taken.id for taken in batch))

    async def touch(self, batch: Sequence[Taken]) -> set[Taken]:
        """nsqd is patient anew. Returns those that were not ours any more."""
        self._renewed(batch)
        refused = _among(batch, await self._connection.barrier(codec.touch(taken.id for taken in batch)))
        self._forget(refused)
        return refused

    def keep(self, batch: Sequence[Taken]) -> None:
        """The same, without waiting to hear of it."""
        self._renewed(batch)
        self._connection.send(codec.touch(taken.id for taken in batch))

    def close(self) -> None:
        """nsqd gives what is held here to somebody else once its time is over."""
        self._connection.close()

    async def _let_go(self, batch: Sequence[Taken], commands: bytes) -> set[Taken]:
        self._forget(batch)
        if self._rdy:  # or nsqd would send others for those that go
            commands = self._ready(max(self._rdy - len(batch), 0)) + commands
        return _among(batch, await self._connection.barrier(commands))

    def _renewed(self, batch: Sequence[Taken]) -> None:
        now = self._loop.time()
        for taken in batch:
            taken.heard = now

    def _forget(self, batch: Iterable[Taken]) -> None:
        for taken in batch:
            if self.taken.get(taken.id) is taken:
                del self.taken[taken.id]

    def _set_rdy(self, number: int) -> None:
        if number != self._rdy:
            self._connection.send(self._ready(number))

    def _ready(self, number: int) -> bytes:
        self._rdy = number
        return codec.ready(number)

    def _closed(self) -> None:
        """What was held is held no more."""
        self.taken.clear()
        self.spare.clear()
        self.on_arrival()

    def _receive(self, arrived: Sequence[Arrival]) -> None:
        now = self._loop.time()
        batch = [Taken(self, identity, sent, Message.read(raw), now) for identity, sent, raw in arrived]
        self.taken.update((taken.id, taken) for taken in batch)
        self.spare += batch
        self.on_arrival()


def lost(consumers: Sequence[Consumer]) -> Cut | None:
    """What to raise when none of them can get anything any more."""
    reasons = [consumer.closed for consumer in consumers]
    return Cut(str(reasons[0])) if reasons and all(reasons) else None


def _among(batch: Sequence[Taken], refused: Collection[bytes]) -> set[Taken]:
    return {taken for taken in batch if taken.id in refused} if refused else set()
