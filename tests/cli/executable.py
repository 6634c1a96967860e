"""Running `linda`, with pipes or on a terminal."""

import json
import os
import pty
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any, BinaryIO

PATIENCE = 60


@dataclass(frozen=True)
class Outcome:
    """What a run said, and how it ended."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)

    @property
    def lines(self) -> list[str]:
        return self.out.splitlines()


@dataclass(frozen=True)
class Linda:
    """The executable, the folder it runs in, and its environment."""

    executable: Path
    folder: Path
    environment: Mapping[str, str]

    def __call__(self, *arguments: str, given: bytes = b"", **variables: str) -> Outcome:
        """Run to the end, `given` on stdin."""
        run = self.start(*arguments, stdin=subprocess.PIPE, variables=variables)
        out, err = run.communicate(given, PATIENCE)
        return Outcome(run.returncode, out.decode(), err.decode())

    def start(
        self,
        *arguments: str,
        stdin: int = subprocess.DEVNULL,
        stdout: int | BinaryIO = subprocess.PIPE,
        variables: Mapping[str, str] = MappingProxyType({}),
    ) -> subprocess.Popen[bytes]:
        """Start; what it says is on pipes, unless `stdout` says otherwise."""
        return subprocess.Popen(
            [self.executable, *arguments],
            cwd=self.folder,
            env={**self.environment, **variables},
            stdin=stdin,
            stdout=stdout,
            stderr=subprocess.PIPE,
        )

    def on_a_terminal(self, *arguments: str, typed: str = "", **variables: str) -> Outcome:
        """Run to the end on a terminal; what it shows there, on stdout and stderr, is `out`."""
        ours, theirs = pty.openpty()
        run = subprocess.Popen(
            [self.executable, *arguments],
            cwd=self.folder,
            env={**self.environment, "TERM": "xterm", **variables},
            stdin=theirs,
            stdout=theirs,
            stderr=theirs,
        )
        os.close(theirs)
        os.write(ours, typed.encode())
        shown = _all_of(ours)
        return Outcome(run.wait(PATIENCE), shown, "")


def _all_of(terminal: int) -> str:
    shown = b""
    while True:
        try:
            shown += os.read(terminal, 65536)
        except OSError:  # how Linux says that the other side is closed
            os.close(terminal)
            return shown.decode()
