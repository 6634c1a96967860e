"""Who of those that wait tries first to take a job. Only a matter of speed: the log decides who gets it."""

import threading
from collections.abc import Generator, Sequence
from contextlib import contextmanager

#: Seconds that each one who has waited longer gets to try before us.
_HEAD_START = 0.005


class Turns:
    """For each queue the Brokers that found it empty, the first of them first."""

    def __init__(self) -> None:
        self._idle: dict[str, dict[str, None]] = {}
        self._taking: dict[str, int] = {}

    @contextmanager
    def taking(self, changed: threading.Condition, queues: Sequence[str]) -> Generator[None]:
        """A thread of this process tries to take a job meanwhile."""
        with changed:
            for queue in queues:
                self._taking[queue] = self._taking.get(queue, 0) + 1
        try:
            yield
        finally:
            with changed:
                for queue in queues:
                    self._taking[queue] -= 1
                    if not self._taking[queue]:
                        del self._taking[queue]
                changed.notify_all()

    def took(self, broker: str, queues: Sequence[str], something: bool) -> None:  # noqa: FBT001 - what the log says
        """A Broker has tried. Those who had waited longer than one with success are gone, or busy."""
        for queue in queues:
            if not something:
                self._idle.setdefault(queue, {}).setdefault(broker)
            elif broker in (idle := self._idle.get(queue, {})):
                later = list(idle)[_place(idle, broker) + 1 :]
                self._idle[queue] = dict.fromkeys(later)
                if not later:
                    del self._idle[queue]

    def pause(self, broker: str, queues: Sequence[str], ready: int) -> float:
        """Seconds until it is the turn of `broker`, when `ready` jobs have just come."""
        busy = max(self._taking.get(queue, 0) for queue in queues)
        if ready <= busy:
            return 1.0  # threads of ours are trying already; the last of them says so
        before = max(_place(self._idle.get(queue, {}), broker) for queue in queues)
        return max(0, before - ready + 1) * _HEAD_START


def _place(idle: dict[str, None], broker: str) -> int:
    return list(idle).index(broker) if broker in idle else len(idle)
