"""Starting victims, looking on, and killing them."""

import os
import random
import signal
import subprocess
import sys
import time
from types import TracebackType
from typing import Self

#: Real seconds a victim may take to start.
PATIENCE = 30.0


class Victim:
    """One process of `linda_core.conformance.victim`; it has connected when this returns."""

    def __init__(self, url: str, queue: str, step: str, lease: float) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "linda_core.conformance.victim", url, queue, step, str(lease)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def __enter__(self) -> Self:
        self.says()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.kill()
        self._process.__exit__(kind, error, trace)  # closes the pipes

    def says(self) -> str:
        """The next fact."""
        assert self._process.stdout is not None
        line = self._process.stdout.readline().strip()
        assert line, f"a process that nobody killed has ended: {self._process.args!r}"
        return line

    def hears(self, word: str) -> None:
        """Tell it something."""
        assert self._process.stdin is not None
        self._process.stdin.write(f"{word}\n")
        self._process.stdin.flush()

    def freeze(self) -> None:
        """Stop it where it is, as a long pause of its machine would. Returns when all of its threads stand still."""
        self._process.send_signal(signal.SIGSTOP)
        os.waitpid(self._process.pid, os.WUNTRACED)

    def thaw(self) -> None:
        """Let it go on."""
        self._process.send_signal(signal.SIGCONT)

    def kill(self) -> set[str]:
        """SIGKILL, as of a power cut. Returns the facts that it had said and nobody had heard."""
        self._process.kill()
        assert self._process.stdout is not None
        rest = self._process.stdout.read()  # communicate() would miss what `says` has read ahead
        self._process.wait(PATIENCE)
        return set(rest.split("\n")) - {""}

    def kill_within(self, seconds: float, dice: random.Random) -> set[str]:
        """The same, at a moment nobody chose."""
        time.sleep(dice.uniform(0, seconds))
        return self.kill()
