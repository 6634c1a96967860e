"""Delays of any length, from a fixed set of queues that keep messages for a fixed time each.

A delay is a sum of steps. Each level of the ladder is a quorum queue with one time to live and no consumer:
`linda.delay.0` keeps a message for 50 ms, each level above twice as long as the one below, up to 38.8 days; nine
more of that length reach beyond a year. Levels, from the longest to the shortest, are joined by topic exchanges:
the routing key has one word per level, "1" to wait there and "0" to pass, and last the word of the queue to go to.
What leaves the last level arrives at `linda.due`, which knows every queue by its word.

Dead-lettering is at-least-once, which makes a level keep its message until the next has confirmed it; that needs
quorum queues that reject when full (rabbitmq.com/docs/quorum-queues, "Dead lettering").
"""

import math
from collections.abc import Iterator
from typing import NamedTuple

UNIT = 0.05  # seconds
_DOUBLING = 27  # beyond it a level's milliseconds would not fit the 32 bits of x-message-ttl
_LEVELS = _DOUBLING + 9

#: Deliveries after which a level would give a message away early. From RabbitMQ 4.0 on there is a limit unless one is
#: given, and those before take no other word for none.
_NEVER = 2**31 - 1

DUE = "linda.due"


class Level(NamedTuple):
    """One queue of the ladder and the exchange in front of it, which share a name."""

    number: int

    @property
    def name(self) -> str:
        return f"linda.delay.{self.number}"

    @property
    def below(self) -> str:
        """The exchange that a message goes to when its time here is over, or at once when it passes."""
        return f"linda.delay.{self.number - 1}" if self.number else DUE

    @property
    def units(self) -> int:
        return 1 << min(self.number, _DOUBLING - 1)

    @property
    def arguments(self) -> dict[str, object]:
        return {
            "x-queue-type": "quorum",
            "x-message-ttl": round(self.units * UNIT * 1000),
            "x-dead-letter-exchange": self.below,
            "x-dead-letter-strategy": "at-least-once",
            "x-overflow": "reject-publish",
            "x-delivery-limit": _NEVER,
        }

    def pattern(self, word: str) -> str:
        """The routing keys whose word for this level is `word`."""
        return "*." * (_LEVELS - 1 - self.number) + f"{word}.#"


#: From the longest to the shortest: the way of a message.
LEVELS = tuple(Level(number) for number in reversed(range(_LEVELS)))

LONGEST = sum(level.units for level in LEVELS) * UNIT


def route(delay: float, word: str) -> tuple[str, str]:
    """The exchange and the routing key that bring a message to `word` after `delay` seconds, never earlier.

    It enters at its first step: levels above would only be passed.
    """
    steps = list(_steps(math.ceil(round(delay / UNIT, 6))))
    return LEVELS[steps.index("1")].name, ".".join([*steps, word])


def _steps(units: int) -> Iterator[str]:
    below = sum(level.units for level in LEVELS)
    for level in LEVELS:
        below -= level.units
        wait = units > below  # the levels below cannot make up for this one
        units -= level.units * wait
        yield str(int(wait))
