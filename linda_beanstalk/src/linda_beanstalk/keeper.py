"""Makes the lease of each reservation what was asked for, on a server that fixes it when a job is pushed."""

import logging
import threading
from collections.abc import Iterable
from math import inf

import greenstalk

from linda_beanstalk.connection import Connection
from linda_beanstalk.guards import patrol
from linda_beanstalk.pool import Pool
from linda_beanstalk.reservation import Reservation
from linda_core.driver import BrokerUnavailable, Clock

log = logging.getLogger("linda.beanstalk")

#: Seconds between two patrols.
_ROUND = 1.0


class Keeper:
    """One thread, started by whoever first looks for jobs. It touches those held, and gives them back in the end."""

    def __init__(self, pool: Pool, clock: Clock) -> None:
        self._pool = pool
        self._clock = clock
        self._patrol_at = 0.0
        self._changed = threading.Condition()
        self._next = inf
        self._closed = False
        self._thread: threading.Thread | None = None

    def look_after(self, reservations: Iterable[Reservation]) -> None:
        """These were taken or touched just now."""
        soonest = min((each.next_act() for each in reservations), default=inf)
        if self._thread and soonest >= self._next:
            return
        with self._changed:
            self._next = min(self._next, soonest)
            if self._thread is None:
                self._patrol_at = self._clock.monotonic() + _ROUND
                self._next = min(self._next, self._patrol_at)
                self._thread = threading.Thread(target=self._run, name="linda-beanstalk-keeper", daemon=True)
                self._thread.start()
            self._changed.notify()

    def close(self) -> None:
        """Returns when the thread has ended."""
        with self._changed:
            self._closed = True
            self._changed.notify()
        if self._thread:
            self._thread.join()

    def _run(self) -> None:
        while self._due():
            soonest = [self._keep(connection) for connection in self._pool.holding()]
            patrol = self._patrol()
            with self._changed:
                self._next = min([self._next, patrol, *soonest])

    def _keep(self, connection: Connection) -> float:
        try:
            with self._pool.using(connection) as holds:
                return connection.keep() if holds else inf
        except (OSError, greenstalk.Error) as error:
            log.warning("a connection broke while its jobs were looked after; they go back: %s", error)
            return inf

    def _patrol(self) -> float:
        if self._clock.monotonic() >= self._patrol_at:
            self._patrol_at = self._clock.monotonic() + _ROUND
            try:
                with self._pool.lend() as connection:
                    patrol(connection)
            except (OSError, greenstalk.Error, BrokerUnavailable) as error:
                log.info("no patrol this time: %s", error)
        return self._patrol_at

    def _due(self) -> bool:
        """Wait until there is something to do; False when closed."""
        with self._changed:
            while not self._closed and (left := self._next - self._clock.monotonic()) > 0:
                self._clock.wait(self._changed, left)
            self._next = inf
            return not self._closed
