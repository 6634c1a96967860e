"""A message in this process's hands."""

import math
from typing import TYPE_CHECKING

from linda_nsq.message import Message

if TYPE_CHECKING:
    from linda_nsq.consumer import Consumer


class Taken:
    """A message that nsqd has sent us and not heard of since: to be finished or requeued, once."""

    __slots__ = (
        "__weakref__",
        "attempts",
        "busy",
        "consumer",
        "deadline",
        "hold_until",
        "id",
        "message",
        "queue",
        "until",
    )

    def __init__(self, consumer: "Consumer", identity: bytes, sent: int, message: Message, now: float) -> None:
        self.consumer = consumer
        self.queue = consumer.queue
        self.id = identity
        self.message = message
        self.attempts = message.attempts + sent  #: this one included
        self.busy = False  #: it is being settled
        self.deadline = math.inf  #: when its lease ends, in the event loop's time
        self.until = now + consumer.patience  #: when nsqd gives it to somebody else, unless it is touched
        self.hold_until = now + consumer.hold  #: when nsqd does so in any case

    @property
    def push(self) -> str:
        """The name of what was pushed once; a message that is no copy gives its own.

        Its id alone would not do: each topic of each nsqd counts for itself (guid.go).
        """
        return self.message.push or f"{self.id.decode()}.{self.consumer.origin}"

    @property
    def open(self) -> bool:
        """Whether it can still be settled: nobody has, or is about to, and its connection is still there."""
        return not self.busy and self.consumer.has(self)

    def copy(self, *, due: float = 0.0, reason: str = "", handed_out: bool = True) -> Message:
        """The same job for another topic. A delivery that nobody got to see is no attempt."""
        attempts = self.attempts if handed_out else self.attempts - 1
        named = Message(self.message.body, push=self.push)
        return named.copy(attempts=attempts, due=due, reason=reason)
