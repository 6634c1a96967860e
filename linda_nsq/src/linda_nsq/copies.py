"""Moving a job: the server has no such thing, so a copy is published, confirmed, and then the original finished.

A crash between the two leaves both: the job may run twice, and is never lost. Who gets both recognises them, because
all copies of what was pushed once carry its name and the attempts made before them; one process does, two do not.
"""

import weakref
from collections import defaultdict
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from linda_nsq import failures
from linda_nsq.consumer import Consumer
from linda_nsq.message import Message
from linda_nsq.taken import Taken

_REMEMBERED = 10_000

Publish = Callable[[Sequence[Message]], Awaitable[None]]


@dataclass(slots=True)
class Trace:
    """What this process last had of one push."""

    id: bytes
    attempts: int
    taken: "weakref.ref[Taken]"
    over: bool = False  #: deleted for good
    moved: int | None = None  #: there is a copy, made after so many attempts

    @classmethod
    def of(cls, taken: Taken) -> "Trace":
        return cls(taken.id, taken.attempts, weakref.ref(taken))

    def outdates(self, other: Taken) -> bool:
        """Whether `other` is left over: another message of the push, without which the job goes on or is over."""
        if self.over:
            return True
        if self.moved is not None:
            return other.message.attempts < self.moved
        return other.id != self.id and (self._held or other.attempts <= self.attempts)

    @property
    def _held(self) -> bool:
        """Not while it is being moved: then the other message is its copy."""
        taken = self.taken()
        return taken is not None and taken.open


class Copies:
    """Makes copies, and knows which of two messages of one push to go by."""

    def __init__(self) -> None:
        self._traces: dict[str, Trace] = {}  # the latest last

    async def move(self, batch: Sequence[Taken], copies: Sequence[Message], publish: Publish) -> set[Taken]:
        """`publish` the copies, then finish `batch`, all of one consumer. Returns those that were not ours any more.

        They are asked for first, and touched, so that their leases cannot end before they are finished. When
        publishing fails, the batch is as it was before.
        """
        consumer = batch[0].consumer
        for taken in batch:
            taken.busy = True
        try:
            refused = await consumer.touch(batch)
            pairs = [(taken, copy) for taken, copy in zip(batch, copies, strict=True) if taken not in refused]
            if not pairs:
                return refused
            await publish([copy for _, copy in pairs])
        except BaseException:
            for taken in batch:
                taken.busy = False
            raise
        try:
            await consumer.finish([taken for taken, _ in pairs])
        except failures.Cut:
            for taken, copy in pairs:
                self._remember(taken).moved = copy.attempts
            raise
        return refused

    def deleted(self, batch: Sequence[Taken]) -> None:
        """They are gone for good, and so should be all other messages of their pushes."""
        for taken in batch:
            if _may_be_twice(taken) and (trace := self._traces.get(taken.push)):
                trace.over = True

    async def current(self, batch: list[Taken]) -> list[Taken]:
        """`batch` without what is outdated, which is finished."""
        outdated = [taken for taken in batch if _may_be_twice(taken) and self._outdated(taken)]
        for consumer, some in by_consumer(outdated).items():
            await consumer.finish(some)
        return [taken for taken in batch if taken not in outdated] if outdated else batch

    def _outdated(self, taken: Taken) -> bool:
        trace = self._traces.get(taken.push)
        if trace is not None and trace.outdates(taken):
            return True
        self._remember(taken)
        return False

    def _remember(self, taken: Taken) -> Trace:
        trace = Trace.of(taken)
        self._traces.pop(taken.push, None)
        self._traces[taken.push] = trace
        if len(self._traces) > _REMEMBERED:
            del self._traces[next(iter(self._traces))]
        return trace


def by_consumer(batch: Sequence[Taken]) -> dict[Consumer, list[Taken]]:
    """What can be settled together."""
    groups: defaultdict[Consumer, list[Taken]] = defaultdict(list)
    for taken in batch:
        groups[taken.consumer].append(taken)
    return groups


def _may_be_twice(taken: Taken) -> bool:
    """What was pushed without a delay, and never handed out, cannot be."""
    return bool(taken.message.push) or taken.attempts > 1
