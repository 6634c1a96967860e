"""The server has no leases, so the process that holds a job keeps the time.

One timer for all: what is held is little, and looked through each time the earliest lease may be over.
"""

import asyncio
import logging
import math
from collections.abc import Sequence

from linda_amqp import failures
from linda_amqp.intake import Intake
from linda_amqp.taken import Taken

_log = logging.getLogger(__name__)


class Leases:
    """Puts back what was not settled in time."""

    def __init__(self, intake: Intake, hold: float) -> None:
        """`hold`: how many seconds the server lets a consumer keep a message."""
        self._intake = intake
        self._hold = hold
        self._timer: asyncio.TimerHandle | None = None

    def start(self, batch: Sequence[Taken], lease: float) -> None:
        """They were handed out now, for `lease` seconds."""
        now = asyncio.get_running_loop().time()
        for taken in batch:
            taken.deadline = now + lease
            taken.hold_until = now + self._hold
        self._wake_at(now + lease)

    def renew(self, batch: Sequence[Taken], lease: float) -> None:
        """New leases from now. Raises HeldTooLong, and renews none, when one would pass the server's limit."""
        now = asyncio.get_running_loop().time()
        for taken in batch:
            if now + lease > taken.hold_until:
                raise failures.HeldTooLong(
                    f"a lease of {lease:g} s from now would keep job {taken.message.id} longer than {self._hold:g} s, "
                    "which is as long as the server lets a consumer keep a message; release it, or raise "
                    "consumer_timeout on the server and in the URL"
                )
        for taken in batch:
            taken.deadline = now + lease
            self._wake_at(taken.deadline)

    def held(self, receipts: Sequence[Taken]) -> list[Taken]:
        """Those that can be settled here, once each. No time may pass before they are."""
        now = asyncio.get_running_loop().time()
        return list(
            dict.fromkeys(
                taken for taken in receipts if taken.intake is self._intake and taken.open and now < taken.deadline
            )
        )

    def running(self, queue: str) -> int:
        """How many of the server's `queue` have been handed out."""
        now = asyncio.get_running_loop().time()
        return sum(taken.queue == queue and now < taken.deadline < math.inf for taken in self._intake.taken.values())

    def check(self) -> None:
        """Put back what is overdue now, and look again when the next lease is over."""
        self._timer = None
        if self._intake.channel.closed is not None:
            return
        now = asyncio.get_running_loop().time()
        over = [taken for taken in self._intake.taken.values() if taken.deadline <= now and not taken.busy]
        if over:
            ids = ", ".join(taken.message.id for taken in over[:5])
            _log.warning("%d leases ran out, and their jobs go back: %s", len(over), ids)
        self._intake.put_back(over)
        following = min((taken.deadline for taken in self._intake.taken.values() if not taken.busy), default=math.inf)
        if following < math.inf:
            self._wake_at(following)

    def _wake_at(self, moment: float) -> None:
        if self._timer is not None:
            if self._timer.when() <= moment:
                return
            self._timer.cancel()
        self._timer = asyncio.get_running_loop().call_at(moment, self.check)
