"""What must become of jobs, worked out from the lifecycle table alone; time is the tester's."""

from collections.abc import Mapping
from copy import copy
from dataclasses import dataclass, field
from math import inf

from linda_core.broker import Broker
from linda_core.job import Job
from linda_core.lifecycle import Event, State, advance

#: What the end of its timer does to a job in these states.
TIMED: Mapping[State | None, Event] = {State.DELAYED: Event.PROMOTE, State.RESERVED: Event.EXPIRE}


@dataclass(frozen=True)
class Handle:
    """A reservation as its holder keeps it: who took the job, and which attempt it was."""

    holder: Broker
    job: Job  #: a copy, so that it stays what it was

    @classmethod
    def of(cls, holder: Broker, job: Job) -> "Handle":
        """The handle on `job` as it is now."""
        return cls(holder, copy(job))


@dataclass
class Fate:
    """One job's state; while a timer runs, `due` is the earliest moment at which it may end."""

    state: State | None
    attempts: int = 0
    due: float = inf


@dataclass
class Oracle:
    """All jobs of one queue. `slack` is how much later than due a timer may end: 0 where time is moved by hand."""

    slack: float
    fates: dict[str, Fate] = field(default_factory=dict[str, Fate])

    def happens(self, identity: str, event: Event, due: float = inf) -> None:
        """Let `event` happen, as the lifecycle allows."""
        fate = self.fates.setdefault(identity, Fate(None))
        fate.state = advance(fate.state, event)
        fate.due = due
        if fate.state is None:
            del self.fates[identity]

    def may_be_ready(self, identity: str, now: float) -> bool:
        """Whether the job may be handed out by `now`."""
        fate = self.fates.get(identity)
        return fate is not None and (fate.state is State.READY or (fate.state in TIMED and now >= fate.due - 1e-6))

    def must_be_ready(self, identity: str, now: float) -> bool:
        """Whether the job must be handed out to whoever asks at `now`."""
        fate = self.fates[identity]
        return fate.state is State.READY or (fate.state in TIMED and now >= fate.due + self.slack)

    def reserved(self, identity: str, due: float) -> int:
        """The job is handed out, its timer having ended if it had one. Returns which attempt this is."""
        fate = self.fates[identity]
        if fate.state in TIMED:
            self.happens(identity, TIMED[fate.state])
        self.happens(identity, Event.RESERVE, due)
        fate.attempts += 1
        return fate.attempts

    def may_settle(self, handle: Handle, now: float) -> bool:
        """Whether settling with `handle` may be accepted by a server that was asked at `now` or later."""
        fate = self._current(handle)
        return fate is not None and now < fate.due + self.slack

    def must_settle(self, handle: Handle, now: float) -> bool:
        """Whether it must be accepted by a server that has answered by `now`."""
        fate = self._current(handle)
        return fate is not None and now < fate.due

    def _current(self, handle: Handle) -> Fate | None:
        fate = self.fates.get(handle.job.id)
        current = fate and fate.state is State.RESERVED and fate.attempts == handle.job.attempts
        return fate if current else None
