"""A handler that a test keeps running for as long as it likes."""

import threading
from typing import Any

from linda_core import Job
from tests.dispatch.program import PATIENCE, Program


class Gate:
    """Jobs named Gate wait at it until it is `open`."""

    def __init__(self, one: Program, **registration: Any) -> None:
        self.open = threading.Event()
        self.runs = 0
        self._one = one
        self._entered = threading.Event()
        one.app.register_workers("Gate", self.run, **registration)

    def run(self, _job: Job) -> None:
        self.runs += 1
        self._entered.set()
        self.open.wait(PATIENCE)

    def reached(self) -> None:
        """Returns when a job waits."""
        assert self._entered.wait(PATIENCE), "no job came to the gate"

    def occupied(self) -> Job:
        """Starts the program, and returns the job that waits."""
        self._one.start()
        job = self._one.push("Gate")
        self.reached()
        return job
