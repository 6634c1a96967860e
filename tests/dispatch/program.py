"""An application that runs in a thread of the test."""

import secrets
import threading
from collections.abc import Callable
from typing import Any

from linda_core import Counts, Job, Linda, Settings, new_broker
from linda_core.clock import SYSTEM_CLOCK, Clock
from tests.servers.waiting import wait_until

QUEUE = "work"
PATIENCE = 10.0  # seconds after which what a test waits for will not come


class Program:
    """A Linda with jobs of its own in memory, and a second connection to them for the test."""

    def __init__(self, clock: Clock = SYSTEM_CLOCK, **settings: Any) -> None:
        connection = settings.setdefault("connection", f"memory://{secrets.token_hex(8)}")
        settings.setdefault("queue", QUEUE)
        self.app = Linda(Settings(**settings), clock=clock)
        self.broker = new_broker(connection, clock=clock)
        self._thread: threading.Thread | None = None
        self._outcome: bool | BaseException | None = None

    def start(self) -> None:
        self._thread = threading.Thread(target=self._run, name="linda-program")
        self._thread.start()
        self.eventually(lambda: self.app.health().reason != "not running" or self._outcome is not None)

    def _run(self) -> None:
        try:
            self._outcome = self.app.run()
        except BaseException as error:  # noqa: BLE001 - raised again by ended()
            self._outcome = error

    def stop(self) -> bool:
        """Stops the run. Returns what it returned, or raises what it raised."""
        self.app.stop()
        return self.ended()

    def ended(self) -> bool:
        """The outcome of a run that has to end now."""
        if self._thread:
            self._thread.join(PATIENCE)
            assert not self._thread.is_alive(), "the run did not end"
            self._thread = None
        if isinstance(self._outcome, BaseException):
            raise self._outcome
        assert self._outcome is not None, "nothing was run"
        return self._outcome

    @property
    def runs(self) -> bool:
        return self._thread is not None

    def push(self, name: str, *args: Any) -> Job:
        job = Job(name, args)
        self.broker.push(job, QUEUE)
        return job

    def counts(self) -> Counts:
        return self.broker.counts(QUEUE)

    def drained(self) -> bool:
        return self.counts() == (0, 0, 0, 0)

    def buried(self) -> Job:
        """The one job that has been buried by now, or will be soon."""
        self.eventually(lambda: self.counts().buried)
        (job,) = self.broker.peek(QUEUE, "buried", 2)
        return job

    def eventually(self, true: Callable[[], object]) -> None:
        assert wait_until(lambda: bool(true()), PATIENCE), "it never came true"
