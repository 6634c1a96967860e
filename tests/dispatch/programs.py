"""Programs as users start them: processes of their own, which tests signal and kill."""

import os
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from textwrap import dedent

from linda_core import Broker, new_broker
from tests.servers.waiting import wait_until

PATIENCE = 20.0

_PREAMBLE = """
import logging, os, signal, sqlite3, sys, threading, time
import linda_core as linda

logging.basicConfig(level=logging.INFO, format="%(process)d %(message)s")


def note(what):
    with sqlite3.connect("notes.db", timeout=30) as notes:
        notes.execute("INSERT INTO notes VALUES (?, ?)", (what, os.getpid()))


def run(**settings):
    linda.set_settings(linda.Settings(connection="sqlite:///linda.db", **settings))
    sys.exit(0 if linda.run() else 1)
"""


class Site:
    """A folder with jobs in a file, notes of what handlers did, and programs that run there."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.queue = "default"
        with self._notes() as notes:
            notes.execute("PRAGMA journal_mode = WAL")
            notes.execute("CREATE TABLE notes (what TEXT, pid INTEGER)")

    @contextmanager
    def _notes(self) -> Generator[sqlite3.Connection]:
        connection = sqlite3.connect(self.folder / "notes.db", timeout=30)
        try:
            with connection:
                yield connection
        finally:
            connection.close()

    def notes(self) -> list[tuple[str, int]]:
        """What handlers noted, and the processes they ran in."""
        with self._notes() as notes:
            return list(notes.execute("SELECT what, pid FROM notes ORDER BY rowid"))

    def noted(self, what: str) -> list[int]:
        """The processes that noted this."""
        return [pid for noted, pid in self.notes() if noted == what]

    def eventually_noted(self, number: int) -> None:
        eventually(lambda: len(self.notes()) > number)

    def broker(self) -> Broker:
        return new_broker(f"sqlite:///{self.folder}/linda.db")

    def start(self, source: str) -> "subprocess.Popen[bytes]":
        """A program of that source: it has `note(what)` for its handlers, and ends with `run(**settings)`."""
        (self.folder / "program.py").write_text(_PREAMBLE + dedent(source))
        buffered = {name: value for name, value in os.environ.items() if name != "PYTHONUNBUFFERED"}
        with (self.folder / "log").open("ab") as log:
            command = [sys.executable, "program.py"]
            return subprocess.Popen(command, cwd=self.folder, stdout=log, stderr=log, env=buffered)

    def children(self, program: "subprocess.Popen[bytes]") -> list[int]:
        """The worker processes of a program, of which there will be one at least."""
        eventually(lambda: children(program.pid))
        return children(program.pid)

    def log(self) -> str:
        return (self.folder / "log").read_text()


def children(pid: int) -> list[int]:
    """The living child processes of a process."""
    return [child for child, state in _family(pid) if state != "Z"]


def zombies(pid: int) -> list[int]:
    """Those that have ended, and that nobody has asked about."""
    return [child for child, state in _family(pid) if state == "Z"]


def _family(pid: int) -> Iterator[tuple[int, str]]:
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with suppress(FileNotFoundError, ProcessLookupError):  # it ended meanwhile
            state, parent = stat.read_text().rpartition(")")[2].split()[:2]
            if int(parent) == pid:
                yield int(stat.parent.name), state


def alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def kill(pid: int) -> None:
    os.kill(pid, signal.SIGKILL)


def eventually(true: Callable[[], object]) -> None:
    assert wait_until(lambda: bool(true()), PATIENCE), "it never came true"
