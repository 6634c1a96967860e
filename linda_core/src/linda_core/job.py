"""A job: what is to be done, and what this handle last knew of its fate."""

import os
import secrets
from collections.abc import Mapping, Sequence
from itertools import count
from typing import Any

from linda_core.clock import SYSTEM_CLOCK
from linda_core.lifecycle import State


class JobIds:
    """Ids unique across machines: 80 random bits of this process, then a counter. No system call per id."""

    def __init__(self) -> None:
        self.restart()
        os.register_at_fork(after_in_child=self.restart)

    def restart(self) -> None:
        """Draw a new prefix: a forked child must not continue its parent's numbers."""
        self._prefix = secrets.token_hex(10)
        self._numbers = count(1)

    def __call__(self) -> str:
        return f"{self._prefix}-{next(self._numbers):x}"


new_job_id = JobIds()


class Job:
    """One job: the name of its handler, and JSON arguments.

    `id` is its identity on every broker, and the key by which a repeated push is recognised where the
    server can. `queue`, `attempts`, `state`, `deadline` and `reason` say what this handle last knew: they
    change when a Broker is called with it, and nobody else's calls change them.
    """

    __slots__ = (
        "_origin",
        "_receipt",
        "args",
        "attempts",
        "body",
        "created_at",
        "deadline",
        "id",
        "kwargs",
        "lapses",
        "name",
        "queue",
        "reason",
        "state",
        "timeout",
    )

    id: str  #: unique; made by Linda unless given
    name: str  #: the handler's name, `class` in the envelope
    args: Sequence[Any]  #: positional JSON arguments
    kwargs: Mapping[str, Any]  #: named JSON arguments
    queue: str  #: the queue it was pushed to or taken from; "" before that
    attempts: int  #: how often it was handed out so far
    lapses: int  #: how often in a row its holder was gone or, where the server tells, let its lease run out
    created_at: float  #: seconds since 1970
    state: State | None  #: None: not pushed yet, or gone
    timeout: float  #: length of its lease in seconds; 0 without one
    deadline: float | None  #: when its lease runs out, in seconds since 1970; None without one
    reason: str  #: why it was buried
    body: bytes | None  #: the envelope as the broker holds it; None for a job made here

    def __init__(
        self,
        name: str,
        args: Sequence[Any] = (),
        kwargs: Mapping[str, Any] | None = None,
        *,
        id: str | None = None,  # noqa: A002 - the contract's name
        created_at: float | None = None,
        queue: str = "",
    ) -> None:
        self.id = new_job_id() if id is None else id
        self.name = name
        self.args = args
        self.kwargs = {} if kwargs is None else kwargs
        self.created_at = SYSTEM_CLOCK.time() if created_at is None else created_at
        self.queue = queue
        self.attempts = 0
        self.lapses = 0
        self.state = None
        self.timeout = 0.0
        self.deadline = None
        self.reason = ""
        self.body = None
        self._receipt: Any = None
        self._origin: Any = None

    def __repr__(self) -> str:
        state = "" if self.state is None else f" {self.state} in {self.queue!r}, attempt {self.attempts}"
        return f"<Job {self.id} {self.name}{state}>"
