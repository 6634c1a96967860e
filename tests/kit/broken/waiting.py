"""Bugs in waiting, waking, closing and threads."""

import threading
import time
from collections.abc import Sequence
from typing import ClassVar

from linda_core.driver import Entry
from tests.kit.broken.driver import Broken, Deliveries

#: Real seconds after which a broken driver gives up being stuck, so that the run ends.
STUCK = 2.0


class Spins(Broken):
    """A waiting consumer asks again and again."""

    caught_by: ClassVar = {"Waiting::test_waiting_does_not_spin"}
    rest = 0.0

    def reserve(self, queues: Sequence[str], limit: int, lease: float, wait: float) -> Deliveries:
        give_up, wakes = self._clock.monotonic() + wait, self._wakes
        while True:
            taken = super().reserve(queues, limit, lease, 0)
            if taken or self._clock.monotonic() >= give_up or wakes != self._wakes:
                return taken
            time.sleep(self.rest)


class Polls(Spins):
    """A waiting consumer looks a few times a second."""

    caught_by: ClassVar = {"Waiting::test_hand_over_takes_no_polling_interval"}
    rest = 0.25


class SleepsOn(Broken):
    """Nothing but wake() wakes a waiting consumer."""

    caught_by: ClassVar = {
        "Waiting::test_a_push_wakes_a_waiting_pop[inf]",
        "Waiting::test_a_release_wakes_a_waiting_pop",
        "Waiting::test_a_kick_wakes_a_waiting_pop",
        "Waiting::test_every_waiting_pop_gets_a_job_of_its_own",
        "Waiting::test_a_waiting_pop_gets_a_delayed_job_when_it_is_due",
    }

    def reserve(self, queues: Sequence[str], limit: int, lease: float, wait: float) -> Deliveries:
        taken = super().reserve(queues, limit, lease, 0)
        wakes, give_up = self._wakes, time.monotonic() + STUCK
        while not taken and wait and wakes == self._wakes and time.monotonic() < give_up:
            time.sleep(0.01)
        return taken


class WaitsForTheFirstQueueOnly(Broken):
    """Of several queues, only the first is waited for."""

    caught_by: ClassVar = {"Waiting::test_a_pop_waits_for_several_queues"}

    def reserve(self, queues: Sequence[str], limit: int, lease: float, wait: float) -> Deliveries:
        return super().reserve(queues, limit, lease, 0) or super().reserve(queues[:1], limit, lease, wait)


class LastQueueFirst(Broken):
    """Queues are served in the opposite order."""

    caught_by: ClassVar = {"Batches::test_earlier_queues_come_first"}

    def reserve(self, queues: Sequence[str], limit: int, lease: float, wait: float) -> Deliveries:
        return super().reserve(queues[::-1], limit, lease, wait)


class TakesMoreThanAsked(Broken):
    """One job more than asked is handed out."""

    caught_by: ClassVar = {"Batches::test_a_batch_is_no_larger_than_asked"}

    def reserve(self, queues: Sequence[str], limit: int, lease: float, wait: float) -> Deliveries:
        return super().reserve(queues, limit + 1, lease, wait)


class IgnoresWake(Broken):
    """Waiting consumers do not hear wake(), so that closing has to wait for them."""

    caught_by: ClassVar = {
        "Waiting::test_wake_makes_waiting_pops_return",
        "Closing::test_closing_wakes_waiting_pops[1]",
        "Closing::test_closing_wakes_waiting_pops[5]",
    }

    def wake(self) -> None:
        threading.Timer(STUCK, super().wake).start()


class WakesForEver(Broken):
    """After a wake(), no consumer waits any more."""

    caught_by: ClassVar = {"Waiting::test_wake_makes_waiting_pops_return"}

    def reserve(self, queues: Sequence[str], limit: int, lease: float, wait: float) -> Deliveries:
        return super().reserve(queues, limit, lease, 0 if self._wakes else wait)


class GivesUpEarly(Broken):
    """A consumer that is to wait returns at once."""

    caught_by: ClassVar = {
        "Waiting::test_waiting_ends_when_it_was_to_end",
        "Waiting::test_a_push_wakes_a_waiting_pop[inf]",
    }

    def reserve(self, queues: Sequence[str], limit: int, lease: float, wait: float) -> Deliveries:
        return super().reserve(queues, limit, lease, 0)


class OneCallAtATime(Broken):
    """A waiting consumer holds up every other call of its connection."""

    caught_by: ClassVar = {
        "Threads::test_a_waiting_pop_holds_up_no_other_call",
    }

    _one: ClassVar = threading.Lock()

    def reserve(self, queues: Sequence[str], limit: int, lease: float, wait: float) -> Deliveries:
        with self._one:
            return super().reserve(queues, limit, lease, wait)

    def push(self, queue: str, entries: Sequence[Entry], delay: float) -> None:
        held = self._one.acquire(timeout=STUCK)
        super().push(queue, entries, delay)
        if held:
            self._one.release()
