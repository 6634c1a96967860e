"""What runs jobs: threads for plain handlers, one event loop for async ones."""

from collections.abc import Sequence
from queue import SimpleQueue
from typing import NamedTuple, Protocol

from linda_core.dispatch.verdict import Verdict
from linda_core.job import Job


class Finished(NamedTuple):
    """A job that needs no further running, what came of it, and how many seconds it ran; None: it was not tried."""

    job: Job
    verdict: Verdict
    seconds: float | None = None


class Started(NamedTuple):
    """A job that runs now, and since when on the monotonic clock."""

    job: Job
    since: float


#: Where everything goes that the settler has to tell the broker; None wakes it for its last round.
Outbox = SimpleQueue[Finished | None]


class Runner(Protocol):
    """Runs up to its concurrency of jobs at once, the rest waits in stock."""

    def submit(self, jobs: Sequence[Job]) -> None:
        """Run these, in order. Never blocks."""
        ...

    def take_back(self, most: int) -> list[Job]:
        """Up to `most` jobs of the stock, oldest first; they will not be run. Any thread may call it."""
        ...

    def stock(self) -> int:
        """How many jobs wait to be started."""
        ...

    def started(self) -> list[Started]:
        """What runs now."""
        ...

    def stop(self) -> None:
        """Start nothing more, and end when what runs has ended. Does not wait; the stock was taken back before."""
        ...
