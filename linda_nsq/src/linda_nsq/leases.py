"""Leases. nsqd gives to others what it has not heard of in its connection's patience; who is alive touches what has a
longer lease, and puts back by itself what is overdue.

One timer for all: what is held is little, and looked through each time the earliest lease may be over.
"""

import asyncio
import logging
import math
from collections.abc import Callable, Iterable, Sequence
from operator import attrgetter

from linda_nsq import failures
from linda_nsq.consumer import Consumer
from linda_nsq.copies import by_consumer
from linda_nsq.taken import Taken

_log = logging.getLogger(__name__)


class Leases:
    """Puts back what was not settled in time, and keeps what was touched for longer than its connection's time."""

    def __init__(self, consumers: Callable[[], Iterable[Consumer]]) -> None:
        self._consumers = consumers
        self._timer: asyncio.TimerHandle | None = None
        self._returning: set[asyncio.Task[None]] = set()

    def start(self, batch: Sequence[Taken], lease: float) -> None:
        """They were handed out now, for `lease` seconds."""
        deadline = asyncio.get_running_loop().time() + lease
        for taken in batch:
            taken.deadline = deadline
        for some in by_consumer(batch).values():
            self._watch(some)

    async def renew(self, batch: Sequence[Taken], lease: float) -> set[Taken]:
        """New leases from now. Returns those that were not ours any more.

        Raises HeldTooLong, and renews none, when one would pass the server's limit.
        """
        now = asyncio.get_running_loop().time()
        for taken in batch:
            if now + lease > taken.hold_until:
                raise failures.HeldTooLong(
                    f"a lease of {lease:g} s from now would keep job {taken.push} longer than nsqd lets a consumer "
                    "keep a message; release it, or raise -max-msg-timeout on the server"
                )
        for taken in batch:
            taken.deadline = now + lease
        groups = by_consumer(batch)
        for some in groups.values():
            self._watch(some)
        refused: set[Taken] = set()
        for consumer, some in groups.items():
            refused |= await consumer.touch(some)
        return refused

    def held(self, receipts: Sequence[Taken]) -> list[Taken]:
        """Those that can be settled here, once each. No time may pass before they are."""
        now = asyncio.get_running_loop().time()
        ours = set(self._consumers())
        return [
            taken for taken in dict.fromkeys(receipts) if now < taken.deadline and taken.consumer in ours and taken.open
        ]

    def check(self) -> None:
        """Put back what is overdue now, keep what nsqd would end too early, and look again in time."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        now = asyncio.get_running_loop().time()
        following = math.inf
        for consumer in self._consumers():
            out = [taken for taken in consumer.taken.values() if taken.deadline < math.inf and not taken.busy]
            if over := [taken for taken in out if taken.deadline <= now]:
                self._give_back(consumer, over)
            running = [taken for taken in out if taken.deadline > now]
            if due := [taken for taken in running if _next_touch(taken) <= now]:
                consumer.keep(due)
            following = min([following, *(min(taken.deadline, _next_touch(taken)) for taken in running)])
        if following < math.inf:
            self._wake_at(following)

    async def settled(self) -> None:
        """Returns when all that is overdue has gone back."""
        self.check()
        if self._returning:
            await asyncio.wait(self._returning)

    def _give_back(self, consumer: Consumer, over: Sequence[Taken]) -> None:
        ids = ", ".join(taken.push for taken in over[:5])
        _log.warning("%d leases ran out, and their jobs go back: %s", len(over), ids)
        for taken in over:
            taken.busy = True
        task = asyncio.get_running_loop().create_task(_requeued(consumer, over))
        self._returning.add(task)
        task.add_done_callback(self._returning.discard)

    def _watch(self, batch: Sequence[Taken]) -> None:
        """Look again in time at these, which have one consumer and one deadline."""
        oldest = min(batch, key=attrgetter("heard"))
        self._wake_at(min(oldest.deadline, _next_touch(oldest)))

    def _wake_at(self, moment: float) -> None:
        if self._timer is not None:
            if self._timer.when() <= moment:
                return
            self._timer.cancel()
        self._timer = asyncio.get_running_loop().call_at(moment, self.check)


def _next_touch(taken: Taken) -> float:
    """Early enough for another two."""
    return taken.until - taken.consumer.patience * 2 / 3 if taken.until < taken.deadline else math.inf


async def _requeued(consumer: Consumer, over: Sequence[Taken]) -> None:
    try:
        await consumer.requeue(over)
    except failures.Cut:
        return  # nsqd gives them to somebody else once its own time is over
