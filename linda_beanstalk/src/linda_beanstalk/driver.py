"""Linda over beanstalkd 1.12 or newer: the server whose words we speak.

URL: `beanstalk://host:11300` or `beanstalkd://host`. Options: `ttr`, seconds after which the server takes a job
back from a holder of which it hears nothing (60); `patience`, seconds to wait for a connection or an answer (10).

Delivery: in order of priority, 0 first, then of first push; a job that comes back takes its old place. Receipts
belong to a connection, one for each batch taken; when a worker dies, the server gives its jobs back at once. A
push whose outcome is unknown may have arrived, and doing it again makes a second job. Attempts are exact also
after the server was killed, if it has a binlog (`-b`): see `notes`. Two exceptions: what other programs had before
Linda had it first does not count that time, and a server that drains (SIGUSR1) takes no notes, so what is held of it
when it is killed has not been handed out afterwards.

Limits: bodies as the server says (`-z`, 65,535 bytes unless changed); delays and leases in whole seconds, up to
136 years of delay. The server fixes its TTR when a job is pushed, whoever pushes it; Linda pushes with `ttr`. A lease
is kept all the same. For as long as it runs, a thread touches what is held, and gives it back when it ends. Where
the holder is frozen, or behind a dead link, the server does so at the end of a lease as long as the TTR; at that of a
shorter one, or where the server's timer fails, it is those who take jobs from the same server, within 4 seconds (see
`guards`). Of a longer lease, such a holder keeps only the rest of the TTR: a process that stands still for two thirds
of it or more may lose its jobs, so `ttr` should be no shorter than the leases.

A job's holders that were gone are counted until it is first put back, see `facts`.

Not supported: nothing. What other programs than Linda hold is theirs even after `purge`; `peek` shows the first job
of each state and others as far as they are found, see `census`.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from math import ceil
from typing import ClassVar, Self

import greenstalk

from linda_beanstalk import census, graves, listing, notes, purging, recount
from linda_beanstalk.answers import Answer
from linda_beanstalk.connection import Connection
from linda_beanstalk.handout import Handed, hand_out, haul
from linda_beanstalk.keeper import Keeper
from linda_beanstalk.pool import Pool
from linda_beanstalk.reservation import Reservation
from linda_beanstalk.tubes import tube_of
from linda_core import driver
from linda_core.driver import Counts, Delivery, Entry, Sighting, State

PORT = 11300

#: Seconds, of a delay: what the server can count.
LONGEST = 2**32 - 1

#: Seconds of one wait at the server: a link that died meanwhile is noticed at its end.
STEP = 10.0


@dataclass(frozen=True)
class Options:
    """What a URL may say."""

    ttr: int = 60
    patience: float = 10.0


class BeanstalkDriver(
    driver.Driver[Reservation],
    driver.Touches[Reservation],
    driver.Buries[Reservation],
    driver.Tallies,
    driver.Peeks,
    driver.Lists,
    driver.Purges,
):
    """Every verb is the server's own; leases, fencing and exact attempts are added."""

    capabilities = driver.Capabilities(
        durability=driver.Durability.CRASH,
        lease=driver.LeaseSource.PUSH,
        order=driver.Order.FIFO,
        on_release=driver.Return.FRONT,
        receipts=driver.Receipts.CONNECTION,
        priority=True,
        returns_at_once=True,
        foreign_push='greenstalk.Client(("host", 11300), use="queue").put(envelope)',
    )
    limits = driver.Limits(
        body=65_535,
        delay=LONGEST,
        delay_step=1.0,
        lease_step=1.0,
        batch=200,  # each command on a job looks through all that its connection holds: from 400 on it shows
    )
    errors: ClassVar = {
        greenstalk.Error: driver.BrokerError,
        greenstalk.DrainingError: driver.BrokerUnavailable,
        greenstalk.OutOfMemoryError: driver.BrokerUnavailable,
        OSError: driver.ConnectionLost,
    }

    def __init__(self, url: driver.BrokerURL, options: Options, clock: driver.Clock) -> None:
        self._url = url
        self._options = options
        self._clock = clock
        self._recounted = ""  # since this process of the server was met first
        self._pool = Pool(self._open)
        self._keeper = Keeper(self._pool, clock)
        with self._pool.lend() as connection:
            server = connection.server
            logged = connection.logged
        self.server = f"beanstalkd {server['version']}"
        longest = server["max-job-size"]
        self.limits = replace(
            self.limits,
            body=longest,
            batch=max(1, min(self.limits.batch, longest // notes.LONGEST)),
        )
        if not logged:
            self.capabilities = replace(self.capabilities, durability=driver.Durability.NONE)

    @classmethod
    def connect(cls, url: driver.BrokerURL, clock: driver.Clock) -> Self:
        options = url.options_as(Options)
        if not 0 < options.ttr < LONGEST or options.patience <= 0:
            raise driver.InvalidURL(f"{url}: ttr must be from 1 to {LONGEST - 1} seconds, and patience above 0")
        if len(url.hosts) > 1 or url.username or url.password or url.path.strip("/"):
            raise driver.InvalidURL(f"{url}: beanstalkd is one host, without login or path: beanstalk://host:{PORT}")
        return cls(url, options, clock)

    def _open(self) -> Connection:
        try:
            host, port = self._url.host or "localhost", self._url.port or PORT
            connection = Connection(host, port, self._options.patience, self._clock)
            if connection.guards != self._recounted:
                self._recount(connection)
        except OSError as error:
            raise driver.BrokerUnavailable(f"{self._url} cannot be reached: {error}") from error
        return connection

    def _recount(self, connection: Connection) -> None:
        try:
            recount.restore(connection, self._options.patience)
        except BaseException:
            connection.close()
            raise
        self._recounted = connection.guards

    # In

    def push(self, queue: str, entries: Sequence[Entry], delay: float) -> None:
        tube, ttr = tube_of(queue), self._options.ttr
        commands = [
            b"put %d %d %d %d\r\n%b\r\n" % (entry.priority, ceil(delay), ttr, len(entry.body), entry.body)
            for entry in entries
        ]
        try:
            with self._pool.lend() as connection:
                listing.keep_name(connection, tube, queue)
                connection.insert(tube, commands)
        except greenstalk.Error as error:
            if len(entries) == 1:
                raise
            raise driver.ConnectionLost(
                f"{self._url}: {error}; some of {len(entries)} jobs may have arrived"
            ) from error

    # Out

    def reserve(self, queues: Sequence[str], limit: int, lease: float, wait: float) -> Sequence[Delivery[Reservation]]:
        self._keeper.look_after(())  # while we wait, too, somebody has to
        named = {tube_of(queue): queue for queue in queues}
        with self._pool.lend() as connection:
            whole = ceil(lease)
            since, handed = self._obtain(connection, list(named), limit, whole, self._clock.monotonic() + wait)
            until = self._clock.monotonic() + lease
            held = [Reservation(connection, job.tube, job.id, job.attempts, since, until, whole) for job in handed]
            connection.hold(held)
        self._keeper.look_after(held[:1])  # they are all alike
        return [
            Delivery(named[job.tube], str(job.id), job.body, job.attempts, receipt, job.lapses)
            for job, receipt in zip(handed, held, strict=True)
        ]

    def _obtain(
        self, connection: Connection, tubes: Sequence[str], limit: int, lease: int, give_up: float
    ) -> tuple[float, list[Handed]]:
        """What is ready, earlier tubes first, or comes until `give_up`; and since when it is reserved."""
        wakes = self._pool.wakes
        first: Answer | None = None
        while not connection.hung_up:
            since = self._clock.monotonic()
            hauls = haul(connection, tubes, limit, first)
            if handed := hand_out(connection, hauls, lease, self._options.ttr):
                return since, handed
            connection.hold(())
            first = None
            if any(each.purged for each in hauls):
                continue
            left = give_up - self._clock.monotonic()
            if left <= 0 or wakes != self._pool.wakes:
                break
            connection.watch_only(tubes)
            first = self._pool.wait(connection, min(left, STEP), wakes)
        return 0.0, []

    # Settling

    def delete(self, queue: str, receipts: Sequence[Reservation]) -> Sequence[int]:
        return self._on_each(
            queue,
            receipts,
            lambda connection, tube, held: connection.settle(
                tube, held, lambda each: b"delete %d\r\n" % each.id, b"DELETED"
            ),
        )

    def release(self, queue: str, receipts: Sequence[Reservation], delay: float) -> Sequence[int]:
        seconds = ceil(delay)
        if not seconds:
            return self._on_each(
                queue, receipts, lambda connection, tube, held: connection.give_back(tube, connection.known(held))
            )
        return self._settle(
            queue, receipts, lambda each: b"release %d %d %d\r\n" % (each.id, each.priority, seconds), b"RELEASED"
        )

    def bury(self, queue: str, receipts: Sequence[Reservation], reason: str) -> Sequence[int]:
        lost = self._on_each(queue, receipts, lambda connection, _, held: set(connection.known(held)))
        held = [each.id for position, each in enumerate(receipts) if position not in lost]
        with self._pool.lend() as connection:
            graves.dig(connection, tube_of(queue), held, reason, int(self.limits.body))
        return self._settle(queue, receipts, lambda each: b"bury %d %d\r\n" % (each.id, each.priority), b"BURIED")

    def touch(self, queue: str, receipts: Sequence[Reservation], lease: float) -> Sequence[int]:
        refused = self._on_each(queue, receipts, lambda connection, tube, held: connection.renew(tube, held, lease))
        self._keeper.look_after(receipts)
        return refused

    def _settle(
        self, queue: str, receipts: Sequence[Reservation], command: Callable[[Reservation], bytes], done: bytes
    ) -> Sequence[int]:
        """For commands that tell the priority again."""
        return self._on_each(
            queue,
            receipts,
            lambda connection, tube, held: connection.settle(tube, connection.known(held), command, done),
        )

    def _on_each(
        self,
        queue: str,
        receipts: Sequence[Reservation],
        act: Callable[[Connection, str, list[Reservation]], set[Reservation]],
    ) -> Sequence[int]:
        """Act on each connection with those of its receipts it accepts. Returns the positions of all others."""
        tube = tube_of(queue)
        ours: dict[Connection, list[Reservation]] = {each: [] for each in self._pool.holding()}
        for receipt in receipts:
            if receipt.tube == tube and receipt.connection in ours:
                ours[receipt.connection].append(receipt)
        accepted: set[Reservation] = set()
        for connection, held in ours.items():
            if held:
                with self._pool.using(connection) as holds:
                    accepted |= act(connection, tube, held) if holds else set()
        return [position for position, receipt in enumerate(receipts) if receipt not in accepted]

    # Operating

    def kick(self, queue: str, limit: int) -> int:
        with self._pool.lend() as connection:
            return graves.kick(connection, tube_of(queue), limit)

    def counts(self, queue: str) -> Counts:
        with self._pool.lend() as connection:
            return listing.counts(connection, [tube_of(queue)])[0]

    def peek(self, queue: str, state: State, limit: int) -> Sequence[Sighting]:
        with self._pool.lend() as connection:
            return census.look(connection, tube_of(queue), state, limit, self._clock.time())

    def queues(self) -> Sequence[str]:
        with self._pool.lend() as connection:
            return listing.queues(connection)

    def purge(self, queue: str) -> None:
        with self._pool.lend() as connection:
            purging.purge(connection, tube_of(queue))

    def wake(self) -> None:
        self._pool.wake()

    def close(self) -> None:
        self._keeper.close()
        self._pool.close()
