"""The one state machine of a job, as a table that the memory broker, the docs and the kit all read."""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType


class State(StrEnum):
    """Where a job is. A job that is gone has no state (None)."""

    DELAYED = "delayed"  # nobody may have it before it is due
    READY = "ready"  # anyone may have it
    RESERVED = "reserved"  # one consumer has it, until it settles it or its lease runs out
    BURIED = "buried"  # set aside until somebody kicks or purges it


class Event(StrEnum):
    """What happens to a job. Verbs are calls on a Broker; the others are the passing of time."""

    PUSH = "push"
    LATER = "later"
    PROMOTE = "promote"  # time: the delay is over
    RESERVE = "reserve"
    DELETE = "delete"
    RELEASE = "release"
    RELEASE_WITH_DELAY = "release_with_delay"
    BURY = "bury"
    TOUCH = "touch"
    EXPIRE = "expire"  # time: the lease is over
    KICK = "kick"


#: From which state an event leads where; None is "not in the queue". What is not listed cannot happen.
TRANSITIONS: Mapping[tuple[State | None, Event], State | None] = MappingProxyType(
    {
        (None, Event.PUSH): State.READY,
        (None, Event.LATER): State.DELAYED,
        (State.DELAYED, Event.PROMOTE): State.READY,
        (State.READY, Event.RESERVE): State.RESERVED,
        (State.RESERVED, Event.DELETE): None,
        (State.RESERVED, Event.RELEASE): State.READY,
        (State.RESERVED, Event.RELEASE_WITH_DELAY): State.DELAYED,
        (State.RESERVED, Event.BURY): State.BURIED,
        (State.RESERVED, Event.TOUCH): State.RESERVED,
        (State.RESERVED, Event.EXPIRE): State.READY,
        (State.BURIED, Event.KICK): State.READY,
    }
)


def advance(state: State | None, event: Event) -> State | None:
    """The state after `event`. Raises KeyError where the table has no such transition."""
    return TRANSITIONS[state, event]
