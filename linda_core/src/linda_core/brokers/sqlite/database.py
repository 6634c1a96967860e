"""One connection to the file: shared by threads, opened again when the file was replaced, closed for a fork."""

import os
import sqlite3
import threading
import weakref
from collections.abc import Callable, Generator
from contextlib import contextmanager
from importlib.resources import files
from pathlib import Path
from typing import Any

from linda_core.brokers.sqlite.lock_file import LockFile
from linda_core.brokers.sqlite.trouble import Trouble, explained

APPLICATION = 0x4C696E64
SCHEMA_VERSION = 1
OLDEST_SQLITE = (3, 37, 0)  # STRICT tables

#: Seconds. Only other programs make us wait here: ours queue up at the lock file.
PATIENCE = 30.0

PRAGMAS = (
    "temp_store = MEMORY",
    "cache_size = -16000",  # KiB; the same however many jobs there are
    "journal_size_limit = 67108864",  # bytes the log keeps after a burst
    "secure_delete = OFF",  # some builds overwrite what is deleted
)

#: Held by the one thread of this process that is inside SQLite, and while the process forks: a child that is made
#: while SQLite's own mutexes are held can never use SQLite.
_inside = threading.RLock()

Execute = Callable[..., sqlite3.Cursor]


class Database:
    """Transactions on one file. Any thread may call; one call at a time is inside."""

    def __init__(self, path: Path, synchronous: str) -> None:
        self.path = path
        self._synchronous = synchronous
        self._file: tuple[int, int] | None = None
        with _inside, explained(path):
            self.lock = LockFile(path.with_name(f"{path.name}-lock"))
            try:
                self._open()
            except BaseException:
                self.lock.close()
                raise
            _databases.add(self)

    @contextmanager
    def writing(self) -> Generator[Execute]:
        """One transaction, whole or not at all: committed at the end, rolled back after any exception."""
        with _inside, explained(self.path):
            connection = self._current()
            if connection.in_transaction:
                raise Trouble(f"{self.path}: a signal handler cannot call in the middle of another call of its thread")
            with self.lock.held():
                try:
                    connection.execute("BEGIN IMMEDIATE")
                    yield connection.execute
                    connection.execute("COMMIT")
                except BaseException as error:
                    if connection.in_transaction:
                        connection.execute("ROLLBACK")
                    if isinstance(error, sqlite3.Error):
                        self._file = None  # start afresh: some errors stay with a connection
                    raise

    def read(self, statement: str, **values: object) -> list[Any]:
        """The rows of one statement, all of one moment. Waits for no other process."""
        with _inside, explained(self.path):
            return self._current().execute(statement, values).fetchall()

    def longest(self) -> int:
        """Bytes in the longest row this SQLite takes."""
        return self._connection.getlimit(sqlite3.SQLITE_LIMIT_LENGTH)

    def close(self) -> None:
        """Let go of the file. The last process to do so writes the log back into it."""
        with _inside:
            _databases.discard(self)
            self._connection.close()
            self.lock.close()

    def let_go(self) -> None:
        """Close the connection; the next call opens another."""
        self._file = None
        self._connection.close()

    def _current(self) -> sqlite3.Connection:
        """To the file that is at the path now, not to one that was deleted or moved away."""
        if self._file is None or self.lock.removed or self._file != _identity(self.path):
            self.let_go()
            self.lock.reopen()
            self._open()
        return self._connection

    def _open(self) -> None:
        with self.lock.held():
            self._connection = connection = sqlite3.connect(
                self.path, timeout=PATIENCE, isolation_level=None, check_same_thread=False, cached_statements=64
            )
            try:
                _prepare(connection, self.path)
                connection.execute(f"PRAGMA synchronous = {self._synchronous}")
                self._file = _identity(self.path)
            except BaseException:
                connection.close()
                raise


def _prepare(connection: sqlite3.Connection, path: Path) -> None:
    """Make the file Linda's if it is new, and refuse it if it is not hers."""
    if sqlite3.sqlite_version_info < OLDEST_SQLITE:
        raise Trouble(f"this Python has SQLite {sqlite3.sqlite_version}; Linda needs 3.37, so use a newer Python build")
    (application,) = connection.execute("PRAGMA application_id").fetchone()
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    new = application == 0 and not connection.execute("SELECT 1 FROM sqlite_master LIMIT 1").fetchone()
    if not new and application != APPLICATION:
        raise Trouble(f"{path} is another program's database; give Linda a file of its own")
    if version > SCHEMA_VERSION:
        raise Trouble(f"{path} has schema version {version}, this Linda knows {SCHEMA_VERSION}; upgrade Linda")
    for pragma in PRAGMAS:
        connection.execute(f"PRAGMA {pragma}")
    (mode,) = connection.execute("PRAGMA journal_mode = WAL").fetchone()
    if mode != "wal":
        raise Trouble(f"{path} is on a file system without shared memory (a network drive?); use a local disk")
    schema = files("linda_core.brokers.sqlite").joinpath("schema.sql").read_text("utf-8") if new else ""
    # Deleting nothing writes nothing, but fails where we may not write; a BEGIN IMMEDIATE alone does not.
    connection.executescript(f"BEGIN IMMEDIATE;{schema}DELETE FROM job WHERE seq < 0;COMMIT;")


def _identity(path: Path) -> tuple[int, int] | None:
    try:
        found = path.stat()
    except FileNotFoundError:
        return None
    return found.st_dev, found.st_ino


_databases: weakref.WeakSet[Database] = weakref.WeakSet()


def _before_fork() -> None:
    """No connection crosses a fork: SQLite in the child would believe that it has the locks of its parent.

    It would then write into a log that the parent, as the last one to close the file, takes away.
    """
    _inside.acquire()
    for database in list(_databases):
        database.let_go()


def _after_fork_in_child() -> None:
    """A copy of the lock's descriptor would hold the lock for a parent that dies holding it."""
    for database in list(_databases):
        database.lock.close()
    _databases.clear()
    _inside.release()


os.register_at_fork(before=_before_fork, after_in_parent=_inside.release, after_in_child=_after_fork_in_child)
