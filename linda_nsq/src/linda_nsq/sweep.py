"""Taking what is in a topic that nobody consumes."""

import asyncio
from collections.abc import AsyncIterator

from linda_nsq.consumer import Consumer
from linda_nsq.server import Server
from linda_nsq.taken import Taken

_AT_ONCE = 500
#: Seconds nsqd leaves to us what we take, and we leave to nsqd what it says is there.
_PATIENCE = 5.0
#: Seconds to wait before we ask nsqd whether something is still there: somebody else may have taken it.
_LINGER = 0.25


async def sweep(server: Server, topic: str, queue: str, number: int) -> AsyncIterator[list[Taken]]:
    """Up to `number` messages, the oldest first, in batches; what was not settled of one goes back with the next.

    Raises Unreachable, Cut and Refused.
    """
    loop = asyncio.get_running_loop()
    consumer = await server.subscribe(topic, queue, _PATIENCE)
    try:
        give_up = loop.time() + _PATIENCE
        while number > 0:
            batch = await _batch(consumer, min(number, _AT_ONCE, server.settings.max_rdy_count))
            if batch:
                number -= len(batch)
                yield batch
                give_up = loop.time() + _PATIENCE
            elif loop.time() > give_up or not await server.waiting(topic):
                return
        left = list(consumer.taken.values())
        if left:
            await consumer.requeue(left)
    finally:
        consumer.close()


async def _batch(consumer: Consumer, number: int) -> list[Taken]:
    arrived = asyncio.Event()
    consumer.on_arrival = arrived.set
    consumer.want(number)
    while len(consumer.spare) < number:
        arrived.clear()
        try:
            await asyncio.wait_for(arrived.wait(), _LINGER)
        except TimeoutError:
            break
        if consumer.closed:
            raise consumer.closed
    await consumer.stop()
    return consumer.draw(number)
