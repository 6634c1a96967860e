"""One nsqd, and everything this process has to do with it."""

import asyncio
import hashlib
from collections.abc import Callable, Mapping, Sequence
from typing import TypeVar

from linda_nsq import codec, names
from linda_nsq.admin import Admin, Topic
from linda_nsq.connection import Connection
from linda_nsq.consumer import Consumer
from linda_nsq.message import Message
from linda_nsq.options import Address
from linda_nsq.publisher import Publisher
from linda_nsq.security import Security
from linda_nsq.settings import Settings

Result = TypeVar("Result")

#: For nsqd: write each message at once.
_NO_BUFFER = -1
#: Seconds a message lies in nsqd's buffer at most. Its time runs, and yet nobody else may have it while its lease does.
_BUFFERED = 0.25
#: Seconds for which a connection without jobs and without a reader is kept for the next.
_IDLE = 10.0


class Server:
    """All methods are for the event loop's thread."""

    def __init__(self, address: Address, admin: Admin, security: Security, settings: Settings) -> None:
        self.address = address
        self.settings = settings
        self._admin = admin
        self._security = security
        self._publisher = Publisher(address, security, settings.max_body_size)
        self._prepared: set[str] = set()
        self._consumers: list[Consumer] = []
        self._in_use: set[Consumer] = set()

    async def open(self) -> None:
        """Raises Unreachable."""
        await self._publisher.open()

    async def publish(self, queue: str, topic: str, messages: Sequence[Message]) -> None:
        """Returns when it has all of them. Raises Unreachable when it has none, Cut when nobody knows, and Refused."""
        await self._prepare(queue)
        await self._publisher.publish(topic, messages)

    async def consumer(self, queue: str, patience: float, wanted: int) -> Consumer:
        """One that nobody else uses, and that can get `wanted` jobs more. Raises Unreachable, Cut and Refused."""
        await self._prepare(queue)
        for consumer in sorted(self._consumers, key=lambda each: -len(each.spare)):
            room = self.settings.max_rdy_count - len(consumer.taken)
            same = consumer.queue == queue and consumer.patience == patience and consumer.closed is None
            if same and consumer not in self._in_use and room >= wanted:
                self._in_use.add(consumer)
                return consumer
        timeout = int((patience + _BUFFERED) * 1000)
        consumer = await self._subscribed(names.work(queue), queue, patience, msg_timeout=timeout)
        self._consumers.append(consumer)
        self._in_use.add(consumer)
        return consumer

    def give_back(self, consumer: Consumer) -> None:
        """The opposite of `consumer`."""
        self._in_use.discard(consumer)
        consumer.idle_since = asyncio.get_running_loop().time()
        consumer.on_arrival = lambda: None
        consumer.hush()

    async def subscribe(self, topic: str, queue: str, patience: float) -> Consumer:
        """A new one, that gets each message at once, to be closed by the caller.

        Raises Unreachable, Cut and Refused.
        """
        timeout = int(patience * 1000)
        return await self._subscribed(topic, queue, patience, msg_timeout=timeout, output_buffer_size=_NO_BUFFER)

    def consumers(self) -> list[Consumer]:
        """All through which jobs may be held. Those that ended are forgotten, those that nobody needs closed."""
        now = asyncio.get_running_loop().time()
        for consumer in self._consumers:
            if consumer not in self._in_use and not consumer.taken and now - consumer.idle_since > _IDLE:
                consumer.close()
        self._consumers = [consumer for consumer in self._consumers if consumer.closed is None]
        return self._consumers

    def spare(self, rest: float) -> list[Consumer]:
        """Those with jobs that came, and that nobody has asked for in `rest` seconds."""
        now = asyncio.get_running_loop().time()
        unused = (consumer for consumer in self.consumers() if consumer not in self._in_use)
        return [consumer for consumer in unused if consumer.spare and now - consumer.idle_since >= rest]

    async def topics(self, topic: str = "") -> Mapping[str, Topic]:
        """All, or the one of that name. Raises Unreachable and Refused."""
        return await self._off_the_loop(lambda: self._admin.topics(topic))

    async def waiting(self, topic: str) -> int:
        """How many messages of it nobody has been sent. Raises Unreachable and Refused."""
        return sum(known.waiting for known in (await self.topics(topic)).values())

    async def coming(self, queue: str) -> int:
        """How many of its jobs are about to be sent to consumers. Raises Unreachable and Refused."""
        topic = names.work(queue)
        return sum(known.coming(names.CHANNEL) for known in (await self.topics(topic)).values())

    async def empty(self, topic: str) -> None:
        """Drop all that is in it. Raises Unreachable and Refused."""
        await self._off_the_loop(lambda: self._admin.empty(topic, names.CHANNEL))

    def close(self) -> None:
        """Now."""
        self._publisher.close()
        for consumer in self._consumers:
            consumer.close()

    async def _prepare(self, queue: str) -> None:
        """The channel is there before the first job, since one that is made later gets only what comes after it."""
        if queue in self._prepared:
            return
        if told := names.told(queue):
            await self._off_the_loop(lambda: self._admin.create(*told))
        await self._off_the_loop(lambda: self._admin.create(names.work(queue), [names.CHANNEL]))
        self._prepared.add(queue)

    async def _subscribed(self, topic: str, queue: str, patience: float, **identity: int) -> Consumer:
        connection = await Connection.open(self.address, self._security, **identity)
        origin = hashlib.blake2s(f"{self.settings.name} {topic}".encode(), digest_size=4).hexdigest()
        consumer = Consumer(connection, origin, queue, patience, self.settings.hold)
        try:
            await connection.ask(codec.subscribe(topic, names.CHANNEL))
        except BaseException:
            consumer.close()
            raise
        return consumer

    async def _off_the_loop(self, call: Callable[[], Result]) -> Result:
        return await asyncio.get_running_loop().run_in_executor(None, call)
