"""A small process that outlives a test run just long enough to end what the run has started.

The run holds one end of a pipe. However the run ends, SIGKILL included, the pipe closes, and the watchdog
kills every process group and removes every folder that was named to it and not released.
"""

import functools
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path


class Watchdog:
    """Held by the test run; must live in the process that starts the servers."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-I", __file__],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            text=True,
            start_new_session=True,
        )

    def guard(self, what: int | Path) -> None:
        """Takes a process group, by its leader's id, or a folder."""
        self._say(f"guard {what}")

    def release(self, what: int | Path) -> None:
        """Forgets it: it has gone, and its id may soon be another's."""
        self._say(f"release {what}")

    def _say(self, line: str) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(f"{line}\n")
        self._process.stdin.flush()


@functools.cache
def watchdog() -> Watchdog:
    """The one of this test run."""
    return Watchdog()


def main() -> None:
    guarded: set[str] = set()
    for line in sys.stdin:
        verb, what = line.rstrip("\n").split(" ", 1)
        (guarded.add if verb == "guard" else guarded.discard)(what)
    for group in filter(str.isdigit, guarded):
        try:
            os.killpg(int(group), signal.SIGKILL)
        except ProcessLookupError:
            continue
    for folder in (what for what in guarded if not what.isdigit()):
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()
