"""A message in this process's hands."""

import math
from typing import TYPE_CHECKING

from linda_amqp.message import Message

if TYPE_CHECKING:
    from linda_amqp.intake import Intake


class Taken:
    """A message that this process has and the server has not forgotten: to be acknowledged or put back, once."""

    __slots__ = ("__weakref__", "busy", "deadline", "hold_until", "intake", "message", "queue", "tag")

    def __init__(self, intake: "Intake", queue: str, tag: int, message: Message) -> None:
        self.intake = intake
        self.queue = queue  #: the server's name for it
        self.tag = tag
        self.message = message
        self.busy = False  #: a copy of it is being published
        self.deadline = math.inf  #: when its lease ends, in the event loop's time
        self.hold_until = math.inf  #: when its last lease must have ended

    @property
    def open(self) -> bool:
        """Whether it can still be settled: nobody has, or is about to, and its channel is still there."""
        return not self.busy and self.tag in self.intake.taken and self.intake.channel.closed is None
