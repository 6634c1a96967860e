"""The seam: what an adapter writes. Everything an adapter may use is importable from here.

A Driver moves bytes and receipts. It never checks arguments, rounds time, encodes jobs, wraps errors, logs each
call or knows about handlers: `Broker` has done that, or will. What it must do:

- **Threads.** Every method may be called from several threads at once, and a `reserve` that waits must not hold
  up any other call. (Receipts may belong to a connection; then the driver finds that connection.)
- **Connections.** After an error that breaks a connection, the next call opens a new one. No call is repeated
  unless repeating it cannot do anything twice. It never forks: after a fork, Broker connects a new driver.
- **Errors.** Native exceptions leave the driver as they are; `errors` says what they mean.
- **Time.** Leases and delays are seconds, already rounded up and within `limits`. Delayed jobs are never early.
- **Fencing.** A receipt is good for one reservation. `delete`, `release`, `touch` and `bury` change nothing for a
  receipt whose lease ran out, that was settled, or that belongs to an earlier reservation: they report its position.
- **Returning.** A `reserve` sees delayed jobs that became due and jobs whose lease ran out, without help.
"""

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, Generic, NamedTuple, Self, TypeVar

from linda_core.capabilities import (
    Capabilities,
    Durability,
    LeaseSource,
    Limits,
    Order,
    Receipts,
    Return,
)
from linda_core.clock import Clock
from linda_core.errors import (
    BrokerError,
    BrokerUnavailable,
    ConnectionLost,
    InvalidURL,
    LimitExceeded,
    LindaError,
    Unsupported,
)
from linda_core.lifecycle import State
from linda_core.url import BrokerURL

__all__ = [
    "NORMAL_PRIORITY",
    "BrokerError",
    "BrokerURL",
    "BrokerUnavailable",
    "Buries",
    "Capabilities",
    "Clock",
    "ConnectionLost",
    "Counts",
    "Delivery",
    "Driver",
    "Durability",
    "Entry",
    "InvalidURL",
    "LeaseSource",
    "LimitExceeded",
    "Limits",
    "LindaError",
    "Lists",
    "Order",
    "Peeks",
    "Promotes",
    "Purges",
    "Receipts",
    "Return",
    "Sighting",
    "State",
    "Tallies",
    "Touches",
    "Unsupported",
]

R = TypeVar("R")

#: beanstalkd's words: 0 is the most urgent, 2**32 - 1 the least.
NORMAL_PRIORITY = 65536


class Entry(NamedTuple):
    """A job on its way in."""

    id: str
    body: bytes
    priority: int = NORMAL_PRIORITY


class Delivery(NamedTuple, Generic[R]):
    """A job on its way out, with the right to settle it."""

    queue: str
    id: str  #: the broker's own name for the job; stands in for an id the body does not carry
    body: bytes
    attempts: int  #: how often it was handed out, this time included
    receipt: R
    #: How often in a row it came back because its holder was gone, or, where the server tells, let the lease run out.
    lapses: int = 0


class Sighting(NamedTuple):
    """A job as `peek` sees it: looked at, not taken."""

    id: str
    body: bytes
    attempts: int
    due: float | None = None  #: DELAYED: when it becomes ready; RESERVED: when its lease ends; epoch seconds
    reason: str = ""  #: BURIED: why


class Counts(NamedTuple):
    """Jobs per state; None where the server cannot tell."""

    ready: int | None
    delayed: int | None
    reserved: int | None
    buried: int | None


class Driver(ABC, Generic[R]):
    """What every adapter writes. `R` is its receipt, opaque to everybody else."""

    capabilities: Capabilities
    limits: Limits = Limits()
    errors: ClassVar[Mapping[type[Exception], type[LindaError]]] = {}
    server: str = ""  #: the server's name and version, for people; set at connect

    @classmethod
    @abstractmethod
    def connect(cls, url: BrokerURL, clock: Clock) -> Self:
        """Reach the server and read its limits.

        Unknown options raise InvalidURL (`url.options_as` does it). Only embedded brokers use `clock` for
        leases and delays; servers have their own.
        """

    @abstractmethod
    def push(self, queue: str, entries: Sequence[Entry], delay: float) -> None:
        """Store all entries, to become ready after `delay` seconds; 0 is ready now.

        Returns when the server has accepted every one, as durably as it is configured to be.
        """

    @abstractmethod
    def reserve(self, queues: Sequence[str], limit: int, lease: float, wait: float) -> Sequence[Delivery[R]]:
        """Take up to `limit` ready jobs for `lease` seconds, earlier queues first.

        Returns what there is at once; only when there is nothing, waits up to `wait` seconds (may be infinite)
        for the first, without spinning, and is woken by a push within milliseconds.
        """

    @abstractmethod
    def delete(self, queue: str, receipts: Sequence[R]) -> Sequence[int]:
        """Remove reserved jobs for good. Returns the positions of the receipts that were refused."""

    @abstractmethod
    def release(self, queue: str, receipts: Sequence[R], delay: float) -> Sequence[int]:
        """Put reserved jobs back, ready after `delay` seconds. Returns the positions of those refused."""

    @abstractmethod
    def wake(self) -> None:
        """Make every `reserve` that is waiting now return with what it has. Any thread may call it."""

    @abstractmethod
    def close(self) -> None:
        """Give up all connections. Called once, when no other call is under way."""


class Touches(ABC, Generic[R]):
    """A reservation can be given a new lease."""

    @abstractmethod
    def touch(self, queue: str, receipts: Sequence[R], lease: float) -> Sequence[int]:
        """Start a lease of `lease` seconds, from now. Returns the positions of the receipts refused."""


class Buries(ABC, Generic[R]):
    """Jobs can be set aside."""

    @abstractmethod
    def bury(self, queue: str, receipts: Sequence[R], reason: str) -> Sequence[int]:
        """Set reserved jobs aside with `reason`. Returns the positions of the receipts refused."""

    @abstractmethod
    def kick(self, queue: str, limit: int) -> int:
        """Make up to `limit` buried jobs ready, oldest first. Returns how many."""


class Promotes(ABC):
    """The server has no timers of its own: due jobs and expired leases are moved by whoever looks."""

    @abstractmethod
    def promote(self, queue: str) -> int:
        """Move everything due, and every expired lease, to READY. Returns how many. Safe to call anywhere."""


class Tallies(ABC):
    """The server can count its jobs."""

    @abstractmethod
    def counts(self, queue: str) -> Counts:
        """How many jobs are in each state now; due ones and expired leases count as ready."""


class Peeks(ABC):
    """Jobs can be looked at without taking them."""

    @abstractmethod
    def peek(self, queue: str, state: State, limit: int) -> Sequence[Sighting]:
        """Up to `limit` jobs of one state, in the order in which they would leave it."""


class Lists(ABC):
    """The server knows its queues."""

    @abstractmethod
    def queues(self) -> Sequence[str]:
        """Every queue that holds a job of any state; an emptied one may linger."""


class Purges(ABC):
    """A queue can be emptied."""

    @abstractmethod
    def purge(self, queue: str) -> None:
        """Drop every job of every state, reserved ones too: their holders will find their lease lost."""


#: The abilities by name, for `linda brokers`, `require=` and the kit.
ABILITIES: Sequence[type[Any]] = (Touches, Buries, Promotes, Tallies, Peeks, Lists, Purges)
