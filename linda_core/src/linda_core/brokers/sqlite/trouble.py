"""What SQLite and the file system say when something is wrong, with what to do about it."""

import sqlite3
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path


class Trouble(Exception):
    """The file cannot be used now. The message says which, why, and the way out."""


#: By the start of SQLite's name for the error.
ADVICE = {
    "SQLITE_BUSY": "another program has kept it locked; end it, or its transaction",
    "SQLITE_CANTOPEN": "make its folder, and let this user write there",
    "SQLITE_CORRUPT": "it is damaged; restore a copy, or save what is left with `sqlite3 FILE .recover`",
    "SQLITE_FULL": "make room on the disk",
    "SQLITE_IOERR": "look after the disk and its file system; it must be a local one",
    "SQLITE_NOTADB": "name another file",
    "SQLITE_PERM": "let this user write the file and its folder",
    "SQLITE_PROTOCOL": "another program has kept it locked; end it",
    "SQLITE_READONLY": "let this user write the file and its folder",
}


@contextmanager
def explained(path: Path) -> Generator[None]:
    """Raise Trouble for what the machine does to us; mistakes of ours stay what they are."""
    try:
        yield
    except sqlite3.Error as error:
        name = getattr(error, "sqlite_errorname", "")
        for start, advice in ADVICE.items():
            if name.startswith(start):
                raise Trouble(f"{path}: {error}; {advice}") from error
        raise
    except FileNotFoundError as error:
        raise Trouble(f"{path.parent} does not exist; make this folder, or name another file") from error
    except OSError as error:
        raise Trouble(f"{error}; let this user write the file and its folder") from error
