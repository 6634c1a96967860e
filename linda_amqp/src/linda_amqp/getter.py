"""One message at a time, or the news that there is none."""

import asyncio
from collections.abc import Callable
from functools import partial
from typing import Any

from pika.spec import Basic, BasicProperties

from linda_amqp.channel import Channel

Arrived = Callable[[Basic.GetOk, BasicProperties, bytes], None]


class Getter:
    """`basic.get` of one channel. Its answers do not name their question, so there is one at a time."""

    def __init__(self, channel: Channel) -> None:
        self._channel = channel
        self._asking = asyncio.Lock()
        self._answer: asyncio.Future[int]
        channel.pika.add_callback(lambda _: self._found(0), [Basic.GetEmpty], one_shot=False)

    async def get(self, queue: str, arrived: Arrived) -> int:
        """Have one message of `queue` come, for `arrived`. Returns how many there were.

        Who is cancelled still waits for the answer.
        """
        async with self._asking:
            self._answer = answer = self._channel.future()
            self._channel.pika.basic_get(queue, partial(self._on_get, arrived))
            try:
                return await asyncio.shield(answer)
            except asyncio.CancelledError:
                await asyncio.wait([answer])
                raise

    def _on_get(self, arrived: Arrived, _: Any, method: Basic.GetOk, properties: BasicProperties, body: bytes) -> None:
        arrived(method, properties, body)
        self._found(1 + (method.message_count or 0))

    def _found(self, number: int) -> None:
        if not self._answer.done():
            self._answer.set_result(number)
