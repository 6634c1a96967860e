"""Threads beside the program's own."""

import threading
from collections.abc import Callable

#: Seconds: how soon a thread notices that it is to end.
TICK = 0.1


class Service:
    """Calls `step`, which returns after TICK at the latest, over and over until it is stopped, and then `end`.

    A program that never stops it can end all the same: the thread ends with the main one. It is no daemon, which
    would be killed wherever it is; inside of librdkafka that can abort the process.
    """

    def __init__(self, step: Callable[[], object], end: Callable[[], object]) -> None:
        self._step = step
        self._end = end
        self._stopped = False
        threading.Thread(target=self._run, daemon=False).start()

    def stop(self) -> None:
        """Let it end, soon."""
        self._stopped = True

    def _run(self) -> None:
        try:
            while not self._stopped and threading.main_thread().is_alive():
                self._step()
        finally:
            self._end()
