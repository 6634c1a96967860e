"""One program of a server: a process that is started, signalled and started again."""

import contextlib
import os
import signal
import subprocess
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from tests.servers.server import ServerFailed
from tests.servers.waiting import wait_until
from tests.servers.watchdog import watchdog

_TAIL = 4_000


class Program:
    """Runs a command in a session of its own, so that the terminal's Ctrl-C does not reach it.

    `ready` is asked until it says yes, for at most `patience` seconds, before a start counts as done.
    """

    def __init__(
        self,
        command: Sequence[str | Path],
        *,
        log: Path,
        ready: Callable[[], bool],
        environment: Mapping[str, str] | None = None,
        patience: float = 30,
    ) -> None:
        self.command = [str(word) for word in command]
        self._log = log
        self._ready = ready
        self.environment = {**os.environ, **(environment or {})}
        self._patience = patience
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Raises ServerFailed, with the end of the program's log, when it does not become ready."""
        if self._process is not None:
            raise ServerFailed(f"{self.command[0]} is running already")
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                self.command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                env=self.environment,
                cwd=self._log.parent,
                start_new_session=True,
            )
        watchdog().guard(self._process.pid)
        self._await_ready(self._process)

    def signal(self, number: signal.Signals) -> None:
        """Reaches the program and its children; does nothing when it is not running."""
        if self._process is not None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self._process.pid, number)

    def pause(self) -> None:
        """Returns when it has stopped: on a busy machine some of its threads run on for a moment."""
        self.signal(signal.SIGSTOP)
        if self._process is not None:
            os.waitpid(self._process.pid, os.WUNTRACED)

    def kill(self) -> None:
        self.signal(signal.SIGKILL)
        self._reap()

    def terminate(self) -> None:
        """Kills it after all when it does not go within `patience`."""
        self.signal(signal.SIGTERM)
        self.signal(signal.SIGCONT)
        try:
            self._reap()
        except subprocess.TimeoutExpired:
            self.kill()

    def _reap(self) -> None:
        if self._process is not None:
            self._process.wait(timeout=self._patience)
            watchdog().release(self._process.pid)
            self._process = None

    def _await_ready(self, process: subprocess.Popen[bytes]) -> None:
        wait_until(lambda: process.poll() is not None or self._ready(), self._patience)
        if process.poll() is not None or not self._ready():
            outcome = "is not ready" if process.returncode is None else f"ended with {process.returncode}"
            self.kill()
            raise ServerFailed(f"{' '.join(self.command)} {outcome}; its log ends:\n{self._log_tail()}")

    def _log_tail(self) -> str:
        return self._log.read_bytes()[-_TAIL:].decode(errors="replace")
