"""Linda over NSQ 1.3: delays of any length on the server's disk, and a lease for each reservation.

URL: `nsq://:secret@host:4150,host2:4150?http=4151`, or `nsq+lookupd://host:4161` for the servers that nsqlookupd knows.
The options are the fields of `linda_nsq.options`.

Delivery: in no particular order. A job is in the topic of its queue's name, and comes from the channel `linda`; its
envelope is the message's body, so any NSQ program can push. Jobs go to one server, to the next where that one cannot
be reached, and come from all. Jobs of a worker that died, or is frozen, come back when their lease is over, or when it
has been silent for two heartbeats, whichever is earlier.

Limits: a job can be held no longer than the server's `-max-msg-timeout`. Leases are whole seconds. Delays are those
of the clocks of the processes, which must be in step.

Counts: from the HTTP interfaces of all servers; exact, but for jobs that are being moved at that moment.

Not supported: looking at jobs, since NSQ can only take them; priorities; recognising a job that is pushed twice.

Of pynsq the codec is used, `nsq.protocol`. `linda_nsq.connection` says what had to be written besides, and why.
"""

from collections.abc import Mapping, Sequence
from typing import ClassVar, Self

from linda_core import driver
from linda_core.driver.loop_thread import LoopThread
from linda_nsq import census, durability, failures, ladder
from linda_nsq.client import Client
from linda_nsq.fleet import Fleet
from linda_nsq.message import ROOM, Message, push_names
from linda_nsq.roster import Roster
from linda_nsq.settings import Settings
from linda_nsq.taken import Taken


def _limits(max_msg_size: int, hold: float) -> driver.Limits:
    """What follows from the servers' settings."""
    return driver.Limits(body=max_msg_size - ROOM, delay=ladder.LONGEST, lease=hold, lease_step=1.0, hold=hold)


class NsqDriver(
    driver.Driver[Taken],
    driver.Touches[Taken],
    driver.Buries[Taken],
    driver.Tallies,
    driver.Lists,
    driver.Purges,
):
    """Hands every verb to the thread that owns the connections, and waits for the outcome."""

    capabilities = driver.Capabilities(
        durability=durability.DURABILITY,
        lease=driver.LeaseSource.CONNECTION,
        order=driver.Order.ANY,
        on_release=driver.Return.ANY,
        receipts=driver.Receipts.CONNECTION,
        foreign_push="curl -d ENVELOPE 'http://host:4151/pub?topic=QUEUE'",
    )
    limits = _limits(2**20, 899.0)
    errors: ClassVar[Mapping[type[Exception], type[driver.LindaError]]] = {
        failures.Unreachable: driver.BrokerUnavailable,
        failures.Cut: driver.ConnectionLost,
        failures.Refused: driver.BrokerError,
        failures.HeldTooLong: driver.LimitExceeded,
    }

    def __init__(self, thread: LoopThread, client: Client, fleet: Fleet) -> None:
        self._thread = thread
        self._client = client
        self._fleet = fleet
        self._pushes = push_names()

    @classmethod
    def connect(cls, url: driver.BrokerURL, clock: driver.Clock) -> Self:
        roster = Roster(url)
        thread = LoopThread("linda-nsq")
        try:
            made = thread.run(cls._connected(thread, roster, clock))
        except BaseException:
            thread.stop()
            raise
        durability.warn(url, [server.settings for server in made._fleet.servers])
        return made

    @classmethod
    async def _connected(cls, thread: LoopThread, roster: Roster, clock: driver.Clock) -> Self:
        fleet = Fleet(roster)
        made = cls(thread, Client(fleet, clock.time, roster.patience), fleet)
        await made._client.open()
        made._describe([server.settings for server in fleet.servers])
        return made

    def push(self, queue: str, entries: Sequence[driver.Entry], delay: float) -> None:
        messages = [Message(entry.body, push=next(self._pushes) if delay else "") for entry in entries]
        self._thread.run(self._client.push(queue, messages, delay))

    def reserve(self, queues: Sequence[str], limit: int, lease: float, wait: float) -> Sequence[driver.Delivery[Taken]]:
        reserved = self._thread.run(self._client.reserve(queues, limit, lease, wait))
        return [
            driver.Delivery(taken.queue, taken.push, taken.message.body, taken.attempts, taken, taken.lapses)
            for taken in reserved
        ]

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
        servers = self._thread.run(self._client.settled(queue))
        return driver.Counts(*self._thread.run(census.counts(servers, queue)))

    def queues(self) -> Sequence[str]:
        return self._thread.run(census.queues(self._thread.run(self._fleet.present())))

    def purge(self, queue: str) -> None:
        self._thread.run(census.purge(self._thread.run(self._fleet.present()), queue))

    def wake(self) -> None:
        self._thread.loop.call_soon_threadsafe(self._client.wake)

    def close(self) -> None:
        self._thread.run(self._client.close())
        self._thread.stop()

    def _describe(self, settings: Sequence[Settings]) -> None:
        """What the servers are, and what follows from their settings."""
        self.server = "nsqd " + ", ".join(sorted({each.version for each in settings}))
        self.limits = _limits(
            min(min(each.max_msg_size, each.max_body_size) for each in settings), min(each.hold for each in settings)
        )
