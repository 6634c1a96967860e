"""Whether jobs are being consumed: what a run knows of itself, and what worker processes tell their parent."""

import mmap
import struct
from dataclasses import dataclass

from linda_core.clock import Clock

LENGTH = 512  # bytes for each process
SILENCE = 10.0  # seconds after which a process that tells nothing is not well

_head = struct.Struct("dH")  # when, by the monotonic clock that all processes of a machine share; bytes of text


@dataclass(frozen=True, slots=True)
class Health:
    """Whether jobs are being consumed, and if not, why."""

    ok: bool
    reason: str


class Board:
    """Memory shared with the worker processes forked later: each posts its own health, the parent reads."""

    def __init__(self, processes: int, clock: Clock) -> None:
        self._memory = mmap.mmap(-1, processes * LENGTH)
        self._clock = clock

    def post(self, number: int, reason: str) -> None:
        """What process `number` has to say; "" is well."""
        text = reason.encode("utf-8", "replace")[: LENGTH - _head.size]
        content = _head.pack(self._clock.monotonic(), len(text)) + text
        self._memory[number * LENGTH : number * LENGTH + len(content)] = content

    def read(self, number: int) -> str:
        """What it said last, or that it has been silent for too long."""
        content = self._memory[number * LENGTH : (number + 1) * LENGTH]
        when, length = _head.unpack_from(content)
        if self._clock.monotonic() - when > SILENCE:
            return "a worker process does not answer"
        return content[_head.size : _head.size + length].decode("utf-8", "replace")
