"""The connections of one broker: some idle, some holding jobs, some waiting for one."""

import threading
from collections.abc import Callable, Generator
from contextlib import contextmanager

from linda_beanstalk.answers import Answer
from linda_beanstalk.connection import Connection

#: Idle connections kept for the next call; more than that are closed.
SPARE = 16


class Pool:
    """Lends each connection to one thread; one that comes back with jobs is set apart until they are settled.

    So a wait never happens on a connection that holds jobs: the server would answer it at once with
    DEADLINE_SOON whenever one of them nears its end, and settling them would wait as long.
    """

    def __init__(self, open_connection: Callable[[], Connection]) -> None:
        self._open = open_connection
        self._lock = threading.Lock()
        self._idle: list[Connection] = []
        self._holding: dict[Connection, int] = {}  # and how many threads are about to use it
        self._waiting: set[Connection] = set()
        self.wakes = 0  #: how often those who wait were woken

    @contextmanager
    def lend(self) -> Generator[Connection]:
        """A connection that holds nothing. What it holds afterwards is kept; after an exception it is closed."""
        connection = self._take_idle() or self._open()
        try:
            yield connection
        except BaseException:
            connection.close()
            raise
        with self._lock:
            if connection.held:
                self._holding[connection] = 0
            else:
                self._keep(connection)

    @contextmanager
    def using(self, connection: Connection) -> Generator[bool]:
        """For calls about jobs that it holds, if it does: it may be another's by now.

        Idle again when it holds none and nobody else is using it, given up when the call fails.
        """
        with self._lock:
            holds = connection in self._holding
            if holds:
                self._holding[connection] += 1
        try:
            yield holds
        except BaseException:
            with self._lock:
                self._holding.pop(connection, None)
            connection.close()
            raise
        if holds:
            self._leave(connection)

    def holding(self) -> set[Connection]:
        """The connections with jobs, now."""
        with self._lock:
            return set(self._holding)

    def wait(self, connection: Connection, seconds: float, wakes: int) -> Answer | None:
        """A job for a borrower, unless anybody was woken since there were `wakes`."""
        with self._lock:
            if self.wakes != wakes:
                return None
            self._waiting.add(connection)
        try:
            answer = connection.wait_for_job(seconds)
        finally:
            with self._lock:
                self._waiting.remove(connection)
        return None if connection.hung_up else answer  # the server takes back what can no longer be settled

    def wake(self) -> None:
        """End all waits."""
        with self._lock:
            self.wakes += 1
            for connection in self._waiting:
                connection.hang_up()

    def close(self) -> None:
        """Give up every connection, and with it the jobs it holds."""
        for connection in [*self._idle, *self._holding]:
            connection.close()

    def _take_idle(self) -> Connection | None:
        while True:
            with self._lock:
                connection = self._idle.pop() if self._idle else None
            if connection is None or connection.usable:
                return connection
            connection.close()

    def _keep(self, connection: Connection) -> None:
        if connection.hung_up or len(self._idle) >= SPARE:
            connection.close()
        else:
            self._idle.append(connection)

    def _leave(self, connection: Connection) -> None:
        """A thread uses it no longer: unless it broke in another's hands, the last one puts it back."""
        with self._lock:
            if connection in self._holding:
                self._holding[connection] -= 1
                if not self._holding[connection] and not connection.held:
                    del self._holding[connection]
                    self._keep(connection)
