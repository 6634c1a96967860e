"""Linda over RabbitMQ 3.10 and newer: quorum queues, leases kept by the client, delays without a plugin.

URL: `amqp://user:password@host:5672/vhost?heartbeat=10`, `amqps://` for TLS; several hosts are tried in turn. The
options are the fields of `linda_amqp.options.Options`.

Delivery: first in, first out; what is released goes to the back of its queue, and what comes back because its lease is
over, or its holder gone, to either end, as the server's version has it. A job is in the queue of its own name, its
envelope the message's body, so any AMQP program can push: publish to the default exchange with the queue's name as
routing key, as persistent. Jobs of a worker that died come back at once. A worker that is frozen keeps its
jobs until the server misses two heartbeats, however short their leases.

Limits: a job can be held no longer than the server's `consumer_timeout`, which has to be said in the URL where it
is not RabbitMQ's 30 minutes. Delays are rounded up to 50 ms and reach 427 days.

Counts: exact, unless more than 10,000 jobs of all queues are delayed, which are then not counted, or a process that
is frozen does not say what it holds: then RabbitMQ's management interface is asked, if the URL names one, and tells
what it saw up to ten seconds ago.

Not supported: looking at jobs, since AMQP can only take them and put them back, which counts as an attempt;
priorities; recognising a job that is pushed twice.
"""

import math
from collections.abc import Mapping, Sequence
from typing import ClassVar, Self

import pika.exceptions

from linda_amqp import failures, ladder, options
from linda_amqp.client import Client
from linda_amqp.management import Management
from linda_amqp.message import Message, push_names
from linda_amqp.taken import Taken
from linda_core import driver
from linda_core.driver.loop_thread import LoopThread


def _limits(given: options.Options) -> driver.Limits:
    """What follows from the server's settings."""
    hold = given.consumer_timeout - options.MARGIN if given.consumer_timeout else math.inf
    return driver.Limits(
        body=given.max_message_size, delay=ladder.LONGEST, delay_step=ladder.UNIT, lease=hold, hold=hold
    )


class AmqpDriver(
    driver.Driver[Taken],
    driver.Touches[Taken],
    driver.Buries[Taken],
    driver.Tallies,
    driver.Lists,
    driver.Purges,
):
    """Hands every verb to the thread that owns the connections, and waits for the outcome."""

    capabilities = driver.Capabilities(
        durability=driver.Durability.CRASH,
        lease=driver.LeaseSource.CLIENT,
        order=driver.Order.FIFO,
        on_release=driver.Return.BACK,
        receipts=driver.Receipts.CONNECTION,
        returns_at_once=True,
        foreign_push="channel.basic_publish('', queue, envelope, pika.BasicProperties(delivery_mode=2))",
    )
    limits = _limits(options.Options())
    errors: ClassVar[Mapping[type[Exception], type[driver.LindaError]]] = {
        failures.Unreachable: driver.BrokerUnavailable,
        failures.Blocked: driver.BrokerUnavailable,
        failures.Silent: driver.BrokerUnavailable,
        failures.Cut: driver.ConnectionLost,
        failures.Refused: driver.BrokerError,
        failures.TooLarge: driver.LimitExceeded,
        failures.HeldTooLong: driver.LimitExceeded,
        pika.exceptions.AMQPError: driver.ConnectionLost,
    }

    def __init__(self, thread: LoopThread, client: Client, management: Management | None) -> None:
        self._thread = thread
        self._client = client
        self._management = management
        self._pushes = push_names()

    @classmethod
    def connect(cls, url: driver.BrokerURL, clock: driver.Clock) -> Self:
        given = options.options_of(url)
        servers = options.servers(url, given)
        management = Management.of(url, given)
        thread = LoopThread("linda-amqp")
        client = Client(servers, _limits(given).hold, clock)
        try:
            thread.run(client.open())
        except BaseException:
            thread.stop()
            raise
        made = cls(thread, client, management)
        made._describe(given)
        return made

    def push(self, queue: str, entries: Sequence[driver.Entry], delay: float) -> None:
        messages = [Message(entry.id, entry.body, push=next(self._pushes)) for entry in entries]
        self._thread.run(self._client.push(queue, messages, delay))

    def reserve(self, queues: Sequence[str], limit: int, lease: float, wait: float) -> Sequence[driver.Delivery[Taken]]:
        reserved = self._thread.run(self._client.reserve(queues, limit, lease, wait))
        return [_delivery(queue, taken) for queue, taken in reserved]

    def delete(self, queue: str, receipts: Sequence[Taken]) -> Sequence[int]:  # noqa: ARG002 - a receipt knows
        return self._thread.run(self._client.delete(receipts))

    def release(self, queue: str, receipts: Sequence[Taken], delay: float) -> Sequence[int]:
        return self._thread.run(self._client.release(queue, receipts, delay))

    def touch(self, queue: str, receipts: Sequence[Taken], lease: float) -> Sequence[int]:  # noqa: ARG002
        return self._thread.run(self._client.touch(receipts, lease))

    def bury(self, queue: str, receipts: Sequence[Taken], reason: str) -> Sequence[int]:
        return self._thread.run(self._client.bury(queue, receipts, reason))

    def kick(self, queue: str, limit: int) -> int:
        return self._thread.run(self._client.kick(queue, limit))

    def counts(self, queue: str) -> driver.Counts:
        counts = driver.Counts(*self._thread.run(self._client.census.counts(queue)))
        if counts.reserved is None and self._management:
            return counts._replace(reserved=self._management.reserved(queue))
        return counts

    def purge(self, queue: str) -> None:
        self._thread.run(self._client.census.purge(queue))

    def queues(self) -> Sequence[str]:
        return self._thread.run(self._client.queues())

    def wake(self) -> None:
        self._thread.loop.call_soon_threadsafe(self._client.wake)

    def close(self) -> None:
        self._thread.run(self._client.close())
        self._thread.stop()

    def _describe(self, given: options.Options) -> None:
        """What the server is, and what follows from its settings."""
        self.server = "RabbitMQ " + ".".join(map(str, self._client.connection.version))
        self.limits = _limits(given)


def _delivery(queue: str, taken: Taken) -> driver.Delivery[Taken]:
    message = taken.message
    return driver.Delivery(queue, message.id, message.body, message.attempts + 1, taken, message.lapses)
