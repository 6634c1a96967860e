"""All jobs of a queue, wherever they are: in its two queues, on the ladder, and in the hands of processes."""

from linda_amqp import failures, ladder, names
from linda_amqp.channel import Connection
from linda_amqp.holders import Holders, Question, Respond
from linda_amqp.survey import Survey
from linda_amqp.topology import Topology
from linda_core import driver


class Census:
    """Counts them, or drops them."""

    def __init__(self, connection: Connection, topology: Topology, clock: driver.Clock, respond: Respond) -> None:
        """`respond` says for this process what it holds, or drops that."""
        self.holders = Holders(connection, respond)
        self._topology = topology
        self._survey = Survey(connection, clock)

    async def counts(self, queue: str) -> tuple[int, int | None, int | None, int]:
        """How many jobs are ready, delayed, reserved and buried; None for what cannot be known now."""
        await self._topology.need(queue)
        delayed, due = await self._delayed(queue)
        reserved, idle = await self._held(queue)
        ready = await self._topology.ready(names.work(queue))
        return ready + due + idle, delayed, reserved, await self._topology.ready(names.buried(queue))

    async def purge(self, queue: str) -> None:
        """Drop all jobs. Raises Silent when a process that holds some does not answer; then those are left."""
        await self._topology.need(queue)
        if await self._has_ladder():
            await self._survey.remove(names.word(queue))
        await self._purge_ready(queue)
        await self.holders.ask(Question.DROP, queue)
        await self._purge_ready(queue)  # what went back before its holder was asked

    async def _delayed(self, queue: str) -> tuple[int | None, int]:
        """How many jobs are delayed, and how many on the ladder should be ready by now."""
        if not await self._has_ladder():
            return 0, 0
        found = await self._survey.count(names.word(queue))
        return (None, 0) if found is None else found

    async def _held(self, queue: str) -> tuple[int | None, int]:
        """How many jobs are reserved, and how many on their way to processes, which nobody has been given."""
        try:
            answers = await self.holders.ask(Question.HELD, queue)
        except failures.Silent:
            return None, 0
        reserved, idle = (sum(numbers) for numbers in zip(*answers, strict=True))
        return reserved, idle

    async def _has_ladder(self) -> bool:
        """Whether anything can be delayed."""
        there = await self._topology.exists(ladder.LEVELS[0].name)  # the last to be made
        if there:
            await self._topology.need_ladder()
        return there

    async def _purge_ready(self, queue: str) -> None:
        await self._topology.purge(names.work(queue))
        await self._topology.purge(names.buried(queue))
