"""Messages in: published in batches, each message confirmed by the server before its batch counts as accepted."""

import asyncio
from collections.abc import Sequence
from typing import Any

from pika.spec import Basic

from linda_amqp import failures
from linda_amqp.channel import Channel, Connection
from linda_amqp.message import Message


class Batch:
    """Messages on one way, until the server has answered for each."""

    def __init__(self, route: tuple[str, str], messages: Sequence[Message], done: asyncio.Future[None]) -> None:
        self.route = route
        self.messages = messages
        self.done = done
        self.open = len(messages)
        self.refused: list[Message] = []
        self.unroutable: list[Message] = []

    def answered(self) -> None:
        """One message less to wait for."""
        self.open -= 1
        if not self.open and not self.done.done():
            self.done.set_result(None)


class Publisher:
    """Publishes on a connection of its own: the server stops reading from it when it is short of memory or disk,
    and acknowledgements must go on.
    """

    def __init__(self, connection: Connection) -> None:
        self.connection = connection
        self._channel: Channel | None = None
        self._opening = asyncio.Lock()
        self._sent = 0
        self._unanswered: dict[int, tuple[Batch, Message]] = {}

    async def publish(self, route: tuple[str, str], messages: Sequence[Message]) -> Sequence[Message]:
        """Returns when the server has accepted the messages; the result are those that have no queue to go to.

        Raises Unreachable or Blocked before anything is sent, Cut when the outcome is unknown, and Refused when the
        server said no to some, which the error names.
        """
        channel = await self._open()
        if self.connection.blocked:
            raise failures.Blocked(f"the server takes no messages: {self.connection.blocked}")
        batch = Batch(route, messages, channel.future())
        for message in messages:
            self._sent += 1
            self._unanswered[self._sent] = batch, message
            channel.pika.basic_publish(*route, message.body, message.properties, mandatory=True)
        await batch.done
        if batch.refused:
            ids = ", ".join(message.id for message in batch.refused[:5])
            raise failures.Refused(
                f"the server refused {len(batch.refused)} of {len(messages)} jobs ({ids}…): "
                "the queue is full, or has no leader; the others were accepted"
            )
        return batch.unroutable

    async def _open(self) -> Channel:
        async with self._opening:
            if self._channel is None or self._channel.closed is not None:
                channel = await self.connection.channel()
                self._sent = 0
                self._unanswered = {}
                await channel.call(channel.pika.confirm_delivery, self._on_answer)
                channel.pika.add_on_return_callback(self._on_return)
                self._channel = channel
            return self._channel

    def _on_answer(self, frame: Any) -> None:
        """The server answers in order or not, and often for all up to a number at once."""
        accepted = isinstance(frame.method, Basic.Ack)
        last = frame.method.delivery_tag
        numbers = [last]
        if frame.method.multiple:
            numbers = list(_up_to(last, self._unanswered))
        for number in numbers:
            batch, message = self._unanswered.pop(number)
            if not accepted:
                batch.refused.append(message)
            batch.answered()

    def _on_return(self, _: Any, method: Any, __: Any, body: bytes) -> None:
        """Comes before the answer, and names the message only by what it carries."""
        route = method.exchange, method.routing_key
        for batch, message in self._unanswered.values():
            if batch.route == route and message.body == body and message not in batch.unroutable:
                batch.unroutable.append(message)
                return


def _up_to(last: int, numbers: dict[int, Any]) -> list[int]:
    """The numbers up to `last`; they are in order."""
    found: list[int] = []
    for number in numbers:
        if number > last:
            break
        found.append(number)
    return found
