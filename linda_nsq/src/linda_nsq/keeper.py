"""Brings the delayed jobs of one queue on one server down the ladder, and what is due to its consumers.

Every process that consumes the queue does so; they share the work, as consumers of one channel share messages.
"""

import asyncio
import heapq
import itertools
import logging
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from functools import partial

from linda_nsq import failures, ladder, names
from linda_nsq.admin import Topic
from linda_nsq.consumer import Consumer
from linda_nsq.copies import Copies
from linda_nsq.message import Message
from linda_nsq.server import Server
from linda_nsq.sweep import sweep
from linda_nsq.taken import Taken

_log = logging.getLogger(__name__)

#: As many of rung 0 are in this process's hands at most.
_AT_HAND = 500
#: Seconds nsqd leaves them to us; more than they have to wait, and what a keeper that dies makes them late by.
_PATIENCE = 5.0
#: Seconds the first look waits for what nsqd says is there.
_LINGER = 0.5


class Keeper:
    """All methods are for the event loop's thread."""

    def __init__(self, server: Server, queue: str, time: Callable[[], float], copies: Copies) -> None:
        """`time`: epoch seconds."""
        self.queue = queue
        self._server = server
        self._time = time
        self._copies = copies
        self._looked = 0.0  #: when the rungs were looked at last
        self._consumer: Consumer | None = None
        self._due: list[tuple[float, int, Taken]] = []
        self._order = itertools.count()
        self._timer: asyncio.TimerHandle | None = None
        self._moving: asyncio.Task[None] | None = None

    async def look(self, topics: Mapping[str, Topic]) -> None:
        """Moves down what may go, and begins with what is due within seconds. Raises Unreachable, Cut and Refused."""
        now, before = self._time(), self._looked
        for number in range(ladder.RUNGS, 0, -1):
            topic = topics.get(names.delayed(self.queue, number))
            if topic and topic.waiting and ladder.over(number, now, before):
                await self._descend(number, topic.waiting)
        self._looked = now
        self._due = [entry for entry in self._due if entry[2].open]
        heapq.heapify(self._due)
        waiting = topics.get(names.delayed(self.queue, 0))
        if self._consumer is None or self._consumer.closed:
            await self._begin(waiting.waiting if waiting else 0)

    async def settled(self) -> None:
        """Returns when everything at hand that is due has been moved."""
        self._move_due()
        if self._moving:
            await asyncio.wait([self._moving])

    async def close(self) -> None:
        """What is at hand goes back."""
        if self._timer:
            self._timer.cancel()
        consumer, self._consumer = self._consumer, None
        if self._moving:
            await asyncio.wait([self._moving])
        if consumer and not consumer.closed:
            try:
                await consumer.stop()
                await consumer.requeue(list(consumer.taken.values()))
            except failures.Cut:
                pass
            consumer.close()

    async def _descend(self, number: int, messages: int) -> None:
        topic = names.delayed(self.queue, number)
        async for batch in sweep(self._server, topic, self.queue, messages):
            groups: defaultdict[str, list[Taken]] = defaultdict(list)
            for taken in batch:
                groups[self._place(taken)].append(taken)
            for target, group in groups.items():
                await self._move(group, target, [_same(taken) for taken in group])

    def _place(self, taken: Taken) -> str:
        due, now = taken.message.due, self._time()
        return names.work(self.queue) if due <= now else names.delayed(self.queue, ladder.rung(due, now))

    async def _move(self, batch: Sequence[Taken], target: str, copies: Sequence[Message]) -> None:
        await self._copies.move(batch, copies, partial(self._server.publish, self.queue, target))

    async def _begin(self, waiting: int) -> None:
        self._due.clear()
        topic = names.delayed(self.queue, 0)
        self._consumer = consumer = await self._server.subscribe(topic, self.queue, _PATIENCE)
        consumer.on_arrival = self._arrived
        self._refill(consumer)
        give_up = asyncio.get_running_loop().time() + _PATIENCE
        while waiting and len(consumer.taken) < _AT_HAND and asyncio.get_running_loop().time() < give_up:
            await _come(consumer, min(waiting, _AT_HAND))
            waiting = await self._server.waiting(topic)
        await self.settled()

    def _refill(self, consumer: Consumer) -> None:
        most = min(_AT_HAND, self._server.settings.max_rdy_count)
        consumer.want(max(most - len(consumer.taken), 0))

    def _arrived(self) -> None:
        if self._consumer is None:
            return
        for taken in self._consumer.draw(_AT_HAND):
            heapq.heappush(self._due, (taken.message.due, next(self._order), taken))
        self._move_due()

    def _move_due(self) -> None:
        """Now, if nothing is being moved, and when the next is due."""
        if self._timer:
            self._timer.cancel()
            self._timer = None
        if not self._due or (self._moving and not self._moving.done()):
            return
        early = self._due[0][0] - self._time()
        loop = asyncio.get_running_loop()
        if early > 0:
            self._timer = loop.call_later(min(early, ladder.UNIT), self._move_due)
        else:
            self._moving = loop.create_task(self._moved())

    async def _moved(self) -> None:
        try:
            while self._consumer and self._due and self._due[0][0] <= self._time():
                batch: list[Taken] = []
                while self._due and self._due[0][0] <= self._time():
                    batch.append(heapq.heappop(self._due)[2])
                ours = [taken for taken in batch if taken.open]
                if ours:
                    await self._move(ours, names.work(self.queue), [_ready(taken) for taken in ours])
                    self._refill(ours[0].consumer)
        except (failures.Cut, failures.Unreachable, failures.Refused) as error:
            _log.warning("jobs of %r that are due wait for their server: %s", self.queue, error)
            if self._consumer:
                self._consumer.close()
        finally:
            self._moving = None
            asyncio.get_running_loop().call_soon(self._move_due)


async def _come(consumer: Consumer, number: int) -> None:
    """So many have, or something holds them up."""
    give_up = asyncio.get_running_loop().time() + _LINGER
    while len(consumer.taken) < number and asyncio.get_running_loop().time() < give_up:
        await asyncio.sleep(0.002)


def _same(taken: Taken) -> Message:
    message = taken.message
    return Message(message.body, push=taken.push).copy(attempts=message.attempts, due=message.due)


def _ready(taken: Taken) -> Message:
    return Message(taken.message.body, push=taken.push).copy(attempts=taken.message.attempts)
