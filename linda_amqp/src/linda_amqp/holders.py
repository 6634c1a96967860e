"""Who holds jobs: AMQP does not tell how many messages are in consumers' hands, so the consumers are asked.

Each process that may hold jobs has a mailbox, a queue that ends with its connection, behind the exchange
`linda.holders`. It also consumes from the queue `linda.holders`, where nothing ever comes, so that the server, which
counts consumers, knows how many answers there will be. A process that has died is not counted; one that is frozen
is, until the server misses its heartbeats, and until then there is no answer.
"""

import asyncio
import json
import secrets
from collections.abc import Awaitable, Callable, Sequence
from enum import StrEnum

import pika.exceptions
from pika.spec import Basic, BasicProperties

from linda_amqp import failures, topology
from linda_amqp.channel import Channel, Connection, ignored

_HOLDERS = "linda.holders"
#: Seconds to wait for those who are asked; more than a busy process takes.
PATIENCE = 5.0
_GLANCE = 0.05


class Question(StrEnum):
    """What holders are asked about a queue."""

    HELD = "held"  #: how many are reserved, and how many are there otherwise
    DROP = "drop"  #: nothing, once they have dropped all


#: Answers a question about one of Linda's queues.
Respond = Callable[[Question, str], Awaitable[Sequence[int]]]


class Holders:
    """This process as one of those who are asked, and as one who asks."""

    def __init__(self, connection: Connection, respond: Respond) -> None:
        self._connection = connection
        self._respond = respond
        self._channel: Channel | None = None
        self._mailbox = ""
        self._joining = asyncio.Lock()
        self._answers: dict[str, list[Sequence[int]]] = {}
        self._news = asyncio.Event()
        self._tasks: set[asyncio.Task[None]] = set()

    async def join(self) -> Channel:
        """This process is asked from now on, until its connection ends. To be called before it holds anything."""
        async with self._joining:
            if self._channel is None or self._channel.closed is not None:
                self._channel = await self._joined()
            return self._channel

    async def ask(self, question: Question, queue: str) -> list[Sequence[int]]:
        """Everybody's answer. Raises Silent when somebody gives none."""
        channel = await self.join()
        loop = asyncio.get_running_loop()
        give_up = loop.time() + PATIENCE
        while True:
            expected = await self._number(channel)
            answers = await self._answered(channel, [question, queue], expected, give_up)
            if len(answers) == expected:
                return answers
            if loop.time() > give_up:
                silent = expected - len(answers)
                raise failures.Silent(f"{silent} of {expected} processes do not say what they hold")

    async def _answered(
        self, channel: Channel, letter: Sequence[object], expected: int, give_up: float
    ) -> list[Sequence[int]]:
        """The answers; not as many as expected where somebody came or went meanwhile, or time is up."""
        name = secrets.token_hex(8)
        answers = self._answers[name] = []
        try:
            _send(channel, (_HOLDERS, ""), letter, BasicProperties(reply_to=self._mailbox, correlation_id=name))
            while await self._number(channel) == expected > len(answers):
                if asyncio.get_running_loop().time() > give_up:
                    break
                await self._wait_for_news()
            return answers
        finally:
            del self._answers[name]

    async def _joined(self) -> Channel:
        channel = await self._connection.channel()
        channel.pika.on_delivery = self._on_letter
        self._mailbox = f"linda.holder.{secrets.token_hex(8)}"
        await channel.call(channel.pika.exchange_declare, _HOLDERS, "fanout", durable=True)
        await channel.call(channel.pika.queue_declare, _HOLDERS, durable=True, arguments=topology.CLASSIC)
        await channel.call(channel.pika.queue_declare, self._mailbox, exclusive=True, arguments=topology.CLASSIC)
        await channel.call(channel.pika.queue_bind, self._mailbox, _HOLDERS)
        for queue in (self._mailbox, _HOLDERS):  # who is counted must be reached already
            await channel.call(channel.pika.basic_consume, queue, ignored, auto_ack=True)
        return channel

    async def _number(self, channel: Channel) -> int:
        answer = await channel.call(channel.pika.queue_declare, _HOLDERS, passive=True)
        return int(answer.method.consumer_count)

    async def _wait_for_news(self) -> None:
        """Whoever ends without an answer makes no news."""
        self._news.clear()
        try:
            await asyncio.wait_for(self._news.wait(), _GLANCE)
        except TimeoutError:
            return

    def _on_letter(self, _: Basic.Deliver, properties: BasicProperties, body: bytes) -> None:
        if properties.reply_to:
            task = asyncio.get_running_loop().create_task(self._reply(properties, *json.loads(body)))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
        elif properties.correlation_id in self._answers:
            self._answers[properties.correlation_id].append(json.loads(body))
            self._news.set()

    async def _reply(self, asked: BasicProperties, question: str, queue: str) -> None:
        try:
            answer = await self._respond(Question(question), queue)
            _send(
                await self.join(),
                ("", str(asked.reply_to)),
                answer,
                BasicProperties(correlation_id=asked.correlation_id),
            )
        except (failures.Cut, failures.Unreachable, pika.exceptions.AMQPError):
            return  # what this process held has gone back


def _send(channel: Channel, route: tuple[str, str], letter: Sequence[object], properties: BasicProperties) -> None:
    channel.check()
    channel.pika.basic_publish(*route, json.dumps(letter).encode(), properties)
