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
        "arrived",
        "attempts",
        "busy",
        "consumer",
        "deadline",
        "heard",
        "id",
        "message",
    )

    def __init__(self, consumer: "Consumer", identity: bytes, sent: int, message: Message, now: float) -> None:
        self.consumer = consumer
        self.id = identity
        self.message = message
        self.attempts = message.attempts + sent  #: this one included
        self.busy = False  #: it is being moved
        self.deadline = math.inf  #: when its lease ends, in the event loop's time
        self.arrived = self.heard = now  #: when nsqd sent it, and heard of it last

    @property
    def queue(self) -> str:
        return self.consumer.queue

    @property
    def lapses(self) -> int:
        """How often in a row it was not settled: whoever settles it makes a copy, or it is gone."""
        return self.attempts - self.message.attempts - 1

    @property
    def until(self) -> float:
        """When nsqd gives it to somebody else, unless it is touched."""
        return self.heard + self.consumer.patience

    @property
    def hold_until(self) -> float:
        """When nsqd does so in any case."""
        return self.arrived + self.consumer.hold

    @property
    def push(self) -> str:
        """The name of what was pushed once; a message that is no copy gives its own.

        Its id alone would not do: each topic of each nsqd counts for itself (guid.go).
        """
        return self.message.push or f"{self.id.decode()}.{self.consumer.origin}"

    @property
    def open(self) -> bool:
        """Whether it can still be settled: nobody has, or is moving it, and its connection is still there."""
        return not self.busy and self.consumer.taken.get(self.id) is self

    def copy(self, *, due: float = 0.0, reason: str = "", handed_out: bool = True) -> Message:
        """The same job for another topic. A delivery that nobody got to see is no attempt."""
        attempts = self.attempts if handed_out else self.attempts - 1
        named = Message(self.message.body, push=self.push)
        return named.copy(attempts=attempts, due=due, reason=reason)
