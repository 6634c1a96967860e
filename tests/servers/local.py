"""A server that runs on this machine: one program or several, and a folder for their data."""

import shutil
import signal
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Self

from tests.servers.program import Program
from tests.servers.server import Server, ServerFailed
from tests.servers.watchdog import watchdog


def data_folder(name: str) -> Path:
    """A new folder that goes with the server, with a path short enough for a Unix socket in it."""
    folder = Path(tempfile.mkdtemp(prefix=f"linda-{name}-"))
    watchdog().guard(folder)
    return folder


class LocalServer(Server):
    """Starts its programs in order and ends them in the opposite order, all of them at once when killed."""

    def __init__(self, url: str, folder: Path, programs: Sequence[Program]) -> None:
        self.url = url
        self.folder = folder
        self.programs = tuple(programs)

    def started(self) -> Self:
        """Starts it for the first time; nothing is left behind when that fails."""
        try:
            self.start()
        except ServerFailed:
            self.stop()
            raise
        return self

    def start(self) -> None:
        for program in self.programs:
            program.start()

    def kill(self) -> None:
        for program in self.programs:
            program.signal(signal.SIGKILL)
        for program in self.programs:
            program.kill()

    def terminate(self) -> None:
        for program in reversed(self.programs):
            program.terminate()

    def pause(self) -> None:
        for program in self.programs:
            program.pause()

    def resume(self) -> None:
        for program in self.programs:
            program.signal(signal.SIGCONT)

    def stop(self) -> None:
        self.kill()
        shutil.rmtree(self.folder, ignore_errors=True)
        watchdog().release(self.folder)
