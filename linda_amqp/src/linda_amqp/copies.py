"""Moving a message: the server has no such thing, so a copy is published, confirmed, and then the original removed.

A crash between the two leaves both: the job may run twice, and is never lost. When only the connection broke, this
process knows which original it could not remove, and removes it when the server hands it out again.
"""

from collections.abc import Awaitable, Callable, Sequence

from linda_amqp import failures
from linda_amqp.intake import Taken
from linda_amqp.message import Message

_REMEMBERED = 10_000


class Copies:
    """Makes copies, and knows the originals that should be gone."""

    def __init__(self) -> None:
        self._superseded: dict[tuple[str, int], None] = {}

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
            for taken in batch:
                self._superseded[taken.message.id, taken.message.attempts + 1] = None
            for oldest in list(self._superseded)[:-_REMEMBERED]:
                del self._superseded[oldest]
            raise

    async def current(self, batch: list[Taken]) -> list[Taken]:
        """`batch` without the originals that should be gone; they are removed.

        An original comes again as redelivered; its copy, which has the same id and counts as many attempts, does not.
        """
        if not self._superseded:
            return batch
        old = [taken for taken in batch if taken.redelivered and _key(taken) in self._superseded]
        if old:
            await old[0].intake.acknowledge(old)
            for taken in old:
                del self._superseded[_key(taken)]
        return [taken for taken in batch if taken not in old]


def _key(taken: Taken) -> tuple[str, int]:
    return taken.message.id, taken.message.attempts
