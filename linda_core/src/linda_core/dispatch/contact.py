"""One thread's way to its broker, and what it knows of it."""

import logging
from collections.abc import Callable

from linda_core.backoff import exponential, jittered
from linda_core.broker import Broker
from linda_core.clock import Clock
from linda_core.errors import LindaError

log = logging.getLogger("linda.contact")

FIRST_REST = 0.1  # seconds before the second attempt to reach a broker that is away
LONGEST_REST = 5.0  # seconds between two attempts, at most


class Contact:
    """Told of every answer and every failure by the thread it belongs to; anybody may read it."""

    def __init__(self, connect: Callable[[], Broker], clock: Clock, trouble: str = "") -> None:
        self.broker = connect  #: the broker, connected when first asked for
        self._clock = clock
        self._pause = jittered(exponential(FIRST_REST, longest=LONGEST_REST))
        self._failures = 0
        self._rests_until = clock.monotonic()
        self.trouble = trouble  #: why there is no contact; "" while all is well

    def made(self) -> None:
        """The broker answered."""
        if self._failures:
            log.warning("the broker answers again")
        self._failures, self.trouble = 0, ""

    def lost(self, error: LindaError) -> float:
        """It did not. Returns how many seconds to leave it alone."""
        self._failures += 1
        self.trouble = str(error)
        pause = self._pause(self._failures)
        self._rests_until = self._clock.monotonic() + pause
        log.warning("no contact (%s); next attempt in %.1f s", error, pause)
        return pause

    @property
    def resting(self) -> bool:
        """Whether it is too early for the next attempt."""
        return bool(self._failures) and self._clock.monotonic() < self._rests_until
