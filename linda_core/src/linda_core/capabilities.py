"""What a broker can do, as data: facts you can only know, and limits with numbers.

Abilities one can *call* are mixins of the driver (`linda_core.driver`). Both are checked by the conformance
kit, in both directions, and printed by `linda brokers`.
"""

import math
from dataclasses import dataclass
from enum import StrEnum

from linda_core.lifecycle import State


class Durability(StrEnum):
    """What accepted jobs survive."""

    NONE = "none"  # they live in a process and end with it
    RESTART = "restart"  # a clean stop and start of the server
    CRASH = "crash"  # also a SIGKILL of the server


class LeaseSource(StrEnum):
    """Where the server gets the length of a lease from. Linda makes it per reservation on every broker."""

    RESERVE = "reserve"  # each reservation says its own
    PUSH = "push"  # fixed when the job is pushed
    CONNECTION = "connection"  # fixed for a connection
    CLIENT = "client"  # the server has none; the adapter keeps time


class Return(StrEnum):
    """Where in its queue a released job goes."""

    FRONT = "front"
    BACK = "back"
    ANY = "any"


class Order(StrEnum):
    """In which order jobs that were pushed one after another are handed to a single consumer."""

    FIFO = "fifo"
    ANY = "any"


class Receipts(StrEnum):
    """Where a reserved job can be settled."""

    PORTABLE = "portable"  # through any connection, from any process
    CONNECTION = "connection"  # only through the Broker that reserved it


@dataclass(frozen=True, slots=True, kw_only=True)
class Capabilities:
    """Facts about a broker. A driver declares them for its class; an instance may replace them at connect."""

    durability: Durability
    lease: LeaseSource
    order: Order
    on_release: Return
    receipts: Receipts
    priority: bool = False  #: push takes a priority
    shared: bool = True  #: other processes can reach its jobs
    idempotent_push: bool = False  #: a job id that is already in the queue is not pushed twice
    counts: frozenset[State] = frozenset(State)  #: the states whose jobs the server can count
    returns_at_once: bool = False  #: a dead consumer's jobs come back before their lease is over
    foreign_push: str = ""  #: how a program without Linda pushes, in one line


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Numbers a broker cannot go beyond. Broker checks them before any I/O. Seconds and bytes."""

    body: float = math.inf  #: longest envelope, bytes
    delay: float = math.inf  #: longest delay
    delay_step: float = 0.001  #: delays are rounded up to a multiple of this
    lease: float = math.inf  #: longest lease one reservation or touch may ask for
    lease_step: float = 0.001  #: leases are rounded up to a multiple of this; also the shortest
    hold: float = math.inf  #: longest time one reservation may last, touches included
    batch: int = 1000  #: most jobs in one driver call
