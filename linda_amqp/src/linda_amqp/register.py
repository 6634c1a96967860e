"""The names of all queues: AMQP has no way to list them, and a name may be spelled differently on the server.

They are one message, a JSON list, in a quorum queue. To take the message is to lock the list; to change it, a new
list is published and confirmed before the old message is acknowledged, so that no crash loses a name. A holder that
dies leaves at worst two lists, and the next one joins them. It is read and written when a queue is made, and when
somebody asks for `queues()`.
"""

import asyncio
import json
from collections.abc import Awaitable, Callable, Sequence

from linda_amqp import failures, names
from linda_amqp.intake import Intake
from linda_amqp.message import Message
from linda_amqp.taken import Taken

_PATIENCE = 2.0
_PAUSE = 0.02
_LISTS = 100

Publish = Callable[[str, Sequence[Message]], Awaitable[None]]


class Register:
    """The list, as one process sees it."""

    def __init__(self, publish: Publish) -> None:
        """`publish` brings messages to one of the server's queues, confirmed."""
        self._publish = publish

    async def add(self, intake: Intake, queue: str, *, expected: bool) -> None:
        """`queue` is in the list when this returns, or in a second one if there is none to be had in time.

        `expected`: there should be a list, so that it is waited for.
        """
        lists = await _taken(intake, _PATIENCE if expected else 0)
        known = _names(lists)
        if len(lists) == 1 and queue in known:
            intake.put_back(lists)
            return
        try:
            await self._publish(names.REGISTER, [Message("names", json.dumps(sorted({*known, queue})).encode())])
        except BaseException:  # others wait for the list
            intake.put_back(taken for taken in lists if taken.open)
            raise
        if lists:
            await intake.acknowledge(lists)

    async def read(self, intake: Intake) -> Sequence[str]:
        """All names. Raises Unreachable when somebody keeps the list too long."""
        lists = await _taken(intake, _PATIENCE)
        intake.put_back(lists)
        if not lists:
            raise failures.Unreachable("the list of queues is in another process's hands, which does not let go")
        return sorted(_names(lists))


async def _taken(intake: Intake, patience: float) -> list[Taken]:
    """All lists there are; none when they are in other hands for longer than `patience` seconds."""
    loop = asyncio.get_running_loop()
    give_up = loop.time() + patience
    while not (lists := await intake.take(names.REGISTER, _LISTS)) and loop.time() < give_up:
        await asyncio.sleep(_PAUSE)
    return lists


def _names(lists: Sequence[Taken]) -> set[str]:
    return {name for taken in lists for name in json.loads(taken.message.body)}
