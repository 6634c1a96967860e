"""Moving a message: the server has no such thing, so a copy is published, confirmed, and then the original removed.

A crash between the two leaves both: the job may run twice, and is never lost. The server itself, when it crashes, may
double what is on the ladder. Who gets both recognises them, because all copies of what was pushed once carry its name
and the attempts made before them; one process does, two do not.
"""

import weakref
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from linda_amqp import failures
from linda_amqp.message import Message
from linda_amqp.taken import Taken

_REMEMBERED = 10_000


@dataclass(slots=True)
class Trace:
    """What this process last had of one push."""

    attempts: int
    base: int
    taken: "weakref.ref[Taken]"
    over: bool = False  #: deleted for good
    moved: int | None = None  #: there is a copy, made after so many attempts

    @classmethod
    def of(cls, taken: Taken) -> "Trace":
        return cls(taken.message.attempts, taken.message.base, weakref.ref(taken))

    def outdates(self, other: Message) -> bool:
        """Whether `other` is left over: another message of the push, without which the job goes on or is over.

        What goes back comes again with more attempts, or is at least the same copy.
        """
        if self.over or self._held:
            return True
        if self.moved is not None:
            return other.base < self.moved
        return other.attempts <= self.attempts and other.base != self.base

    @property
    def _held(self) -> bool:
        """Not while it is being moved: then the other message is its copy."""
        taken = self.taken()
        return taken is not None and taken.open


class Copies:
    """Makes copies, and knows which of two messages of one push to go by."""

    def __init__(self) -> None:
        self._traces: dict[str, Trace] = {}  # the latest last

    async def move(
        self,
        batch: Sequence[Taken],
        copies: Sequence[Message],
        publish: Callable[[Sequence[Message]], Awaitable[None]],
    ) -> None:
        """`publish` the copies, then remove `batch`. When publishing fails, the batch is as it was before."""
        for taken in batch:
            taken.busy = True
        try:
            await publish(copies)
        except BaseException:
            for taken in batch:
                taken.busy = False
            raise
        try:
            await batch[0].intake.quiet()
            await batch[0].intake.acknowledge(batch)
        except failures.Cut:
            for taken, copy in zip(batch, copies, strict=True):
                self._remember(taken).moved = copy.attempts
            raise

    def deleted(self, batch: Sequence[Taken]) -> None:
        """They are gone for good, and so should be all other messages of their pushes."""
        for taken in batch:
            if taken.message.push in self._traces:
                self._traces[taken.message.push].over = True

    async def current(self, batch: list[Taken]) -> list[Taken]:
        """`batch` without what is outdated, which is removed.

        What was pushed without a delay, and never handed out, cannot be there twice.
        """
        outdated = [taken for taken in batch if _may_be_twice(taken.message) and self._outdated(taken)]
        if outdated:
            await outdated[0].intake.quiet()
            await outdated[0].intake.acknowledge(outdated)
        return [taken for taken in batch if taken not in outdated]

    def _outdated(self, taken: Taken) -> bool:
        trace = self._traces.get(taken.message.push)
        if trace is not None and trace.outdates(taken.message):
            return True
        self._remember(taken)
        return False

    def _remember(self, taken: Taken) -> Trace:
        trace = Trace.of(taken)
        self._traces.pop(taken.message.push, None)
        self._traces[taken.message.push] = trace
        if len(self._traces) > _REMEMBERED:
            del self._traces[next(iter(self._traces))]
        return trace


def _may_be_twice(message: Message) -> bool:
    """A copy and an original that came back were both handed out before; what is doubled on the ladder has been due."""
    return bool(message.push and (message.attempts or message.due))
