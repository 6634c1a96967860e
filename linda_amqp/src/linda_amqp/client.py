"""Every verb as a coroutine of the connections' event loop."""

import asyncio
import logging
from collections.abc import Sequence
from functools import partial

import pika

from linda_amqp import failures, ladder, names
from linda_amqp.census import Census
from linda_amqp.channel import Connection
from linda_amqp.copies import Copies
from linda_amqp.holders import Question
from linda_amqp.intake import Intake
from linda_amqp.leases import Leases
from linda_amqp.message import Message
from linda_amqp.publisher import Publisher
from linda_amqp.register import Register
from linda_amqp.taken import Taken
from linda_amqp.tap import Waiter
from linda_amqp.topology import Topology
from linda_core import driver
from linda_core.driver.receipts import refused

_log = logging.getLogger(__name__)

_MOVED_AT_ONCE = 500

#: Exchange and routing key.
Route = tuple[str, str]


class Client:
    """Two connections, one for each direction, and what this process holds."""

    def __init__(self, servers: list[pika.ConnectionParameters], hold: float, clock: driver.Clock) -> None:
        """`hold`: how many seconds the server lets a consumer keep a message."""
        self.connection = Connection(servers)
        self._publisher = Publisher(Connection(servers))
        self._topology = Topology(self.connection, self._registered)
        self._register = Register(self._publish_back)
        self._copies = Copies()
        self.census = Census(self.connection, self._topology, clock, self._respond)
        self._hold = hold
        self._clock = clock
        self._held: tuple[Intake, Leases] | None = None
        self._opening = asyncio.Lock()
        self._waiting: set[Waiter] = set()
        self._tasks: set[asyncio.Task[None]] = set()

    async def open(self) -> None:
        """Raises Unreachable when a connection cannot be had."""
        await self.connection.open()
        await self._publisher.connection.open()

    async def close(self) -> None:
        """The server puts back what is held."""
        await self.connection.close()
        await self._publisher.connection.close()

    async def push(self, queue: str, messages: Sequence[Message], delay: float) -> None:
        """Returns when the server has all of them."""
        await self._publish(queue, _route(queue, delay), self._due(messages, delay))

    async def reserve(self, queues: Sequence[str], limit: int, lease: float, wait: float) -> list[tuple[str, Taken]]:
        """What is ready, each with Linda's name of its queue; else what comes first."""
        linda = {names.work(queue): queue for queue in queues}
        waiter = Waiter()
        self._waiting.add(waiter)
        try:
            for queue in queues:
                await self._topology.need(queue)
            intake, leases = await self._open()
            while True:
                batch = await _ready(intake, list(linda), limit)
                if wait and not batch:
                    batch = await _first(intake, list(linda), limit, wait, waiter)
                leases.start(batch, lease)
                current = await self._copies.current(batch)
                if current or not batch:
                    return [(linda[taken.queue], taken) for taken in current]
        except failures.Missing:
            for queue in queues:
                self._topology.forget(queue)
            raise
        finally:
            self._waiting.discard(waiter)

    def wake(self) -> None:
        """End the waiting of all who reserve now."""
        for waiter in self._waiting:
            waiter.stop()

    async def delete(self, receipts: Sequence[Taken]) -> Sequence[int]:
        """The positions of those refused."""
        mine = await self._mine(receipts)
        if mine:
            await mine[0].intake.acknowledge(mine)
            self._copies.deleted(mine)
        return refused(receipts, mine)

    async def release(self, queue: str, receipts: Sequence[Taken], delay: float) -> Sequence[int]:
        """The positions of those refused."""
        mine = await self._mine(receipts)
        if mine:
            copies = self._due([taken.message.copy(attempts=taken.message.attempts + 1) for taken in mine], delay)
            await self._move(queue, mine, copies, _route(queue, delay))
        return refused(receipts, mine)

    async def bury(self, queue: str, receipts: Sequence[Taken], reason: str) -> Sequence[int]:
        """The positions of those refused."""
        mine = await self._mine(receipts)
        if mine:
            copies = [taken.message.copy(attempts=taken.message.attempts + 1, reason=reason) for taken in mine]
            await self._move(queue, mine, copies, ("", names.buried(queue)))
        return refused(receipts, mine)

    async def touch(self, receipts: Sequence[Taken], lease: float) -> Sequence[int]:
        """The positions of those refused."""
        mine = await self._mine(receipts)
        if mine and self._held:
            self._held[1].renew(mine, lease)
        return refused(receipts, mine)

    async def kick(self, queue: str, limit: int) -> int:
        """How many were moved."""
        await self._topology.need(queue)
        intake, _ = await self._open()
        moved = 0
        while moved < limit:
            batch = await intake.take(names.buried(queue), min(limit - moved, _MOVED_AT_ONCE))
            if not batch:
                break
            try:
                copies = [taken.message.copy(attempts=_attempts_of_buried(taken.message)) for taken in batch]
                await self._move(queue, batch, copies, _route(queue, 0))
            except BaseException:
                intake.put_back(taken for taken in batch if taken.open)
                raise
            moved += len(batch)
        return moved

    async def queues(self) -> Sequence[str]:
        """The names of all queues ever used."""
        if not await self._topology.exists(names.REGISTER):
            return []
        intake, _ = await self._open()
        return await self._register.read(intake)

    def _due(self, messages: Sequence[Message], delay: float) -> Sequence[Message]:
        """The same jobs, due after `delay` seconds from now; 0 is none."""
        due = self._clock.time() + delay
        return [message.delayed(due) for message in messages] if delay else messages

    async def _open(self) -> tuple[Intake, Leases]:
        """The channel that jobs come through. What an earlier one held, the server has put back."""
        async with self._opening:
            if self._held is None or self._held[0].channel.closed is not None:
                await self.census.holders.join()
                intake = Intake(await self.connection.channel(), self._stray)
                self._held = intake, Leases(intake, self._hold)
            return self._held

    async def _respond(self, question: Question, queue: str) -> Sequence[int]:
        """What this process holds, and what is here that nobody has been given; or nothing, after dropping both."""
        intake, leases = await self._open()
        work = names.work(queue)
        if question is Question.DROP:
            await intake.drop(work)
            await intake.drop(names.buried(queue))
            return ()
        running = leases.running(work)
        return running, sum(taken.queue == work for taken in intake.taken.values()) - running

    async def _mine(self, receipts: Sequence[Taken]) -> list[Taken]:
        if self._held is None:
            return []
        intake, leases = self._held
        await intake.quiet()
        return leases.held(receipts)

    async def _registered(self, queue: str, expected: bool) -> None:  # noqa: FBT001
        intake, _ = await self._open()
        await self._register.add(intake, queue, expected=expected)

    async def _publish(self, queue: str, route: Route, messages: Sequence[Message]) -> None:
        """What has no queue to go to, because somebody deleted it, gets one."""
        for _ in range(2):
            await self._topology.need(queue)
            if route[0]:
                await self._topology.need_ladder()
            messages = await self._publisher.publish(route, messages)
            if not messages:
                return
            self._topology.forget(queue)
        raise failures.Refused(f"the server has no place for {len(messages)} jobs: {route[1]!r} was deleted again")

    async def _move(self, queue: str, batch: Sequence[Taken], copies: Sequence[Message], route: Route) -> None:
        _, leases = await self._open()
        try:
            await self._copies.move(batch, copies, partial(self._publish, queue, route))
        finally:
            leases.check()

    def _stray(self, taken: Taken) -> None:
        """Nobody waits for it: back with it, by a copy, because putting it back would count as an attempt."""
        task = asyncio.get_running_loop().create_task(self._give_back(taken))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _give_back(self, taken: Taken) -> None:
        try:
            await self._copies.move([taken], [taken.message], partial(self._publish_back, taken.queue))
        except Exception:  # noqa: BLE001 - nobody waits for this, so nobody else could be told
            _log.exception("job %s came too late for anybody and could not be put back as new", taken.message.id)
            if taken.open:
                taken.intake.put_back([taken])

    async def _publish_back(self, server_queue: str, messages: Sequence[Message]) -> None:
        if await self._publisher.publish(("", server_queue), messages):
            raise failures.Missing(f"queue {server_queue!r} is gone")


def _attempts_of_buried(message: Message) -> int:
    """Coming back from a kick is no attempt; but what the server has buried itself has no other count."""
    return message.base if message.push else message.attempts


def _route(queue: str, delay: float) -> Route:
    return ladder.route(delay, names.word(queue)) if delay else ("", names.work(queue))


async def _ready(intake: Intake, queues: Sequence[str], limit: int) -> list[Taken]:
    """Up to `limit` of what is ready now, earlier queues first."""
    batch: list[Taken] = []
    try:
        for queue in queues:
            if len(batch) < limit:
                batch += await intake.take(queue, limit - len(batch))
    except asyncio.CancelledError:
        intake.put_back(batch)
        raise
    return batch


async def _first(intake: Intake, queues: Sequence[str], limit: int, wait: float, waiter: Waiter) -> list[Taken]:
    """What comes first, within `wait` seconds or until `over` is set."""
    timer = asyncio.get_running_loop().call_later(wait, waiter.stop)
    try:
        return await intake.wait(queues, limit, waiter)
    finally:
        timer.cancel()
