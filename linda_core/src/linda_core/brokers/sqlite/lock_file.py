"""The file beside the database that its processes queue up at."""

import fcntl
import os
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path


class LockFile:
    """One writer at a time, in the kernel's queue.

    SQLite alone waits for its write lock by trying again after ever longer sleeps: with eight processes some wait for
    seconds while the lock changes hands a thousand times. This wait ends the moment the lock is free. The kernel
    frees it when its holder dies, however it dies. A holder that is frozen (SIGSTOP) holds everybody up, as it would
    with SQLite's own lock.

    The holder may keep a few bytes in the file, for the next holder to read.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file = self._open()

    def reopen(self) -> None:
        """Meet at the file that is there now, new if need be."""
        old, self._file = self._file, self._open()
        os.close(old)

    def close(self) -> None:
        """Let go of the file, and with it of the lock, unless a forked process has a copy."""
        os.close(self._file)

    @property
    def removed(self) -> bool:
        """Whether somebody deleted the file: others now meet at another one."""
        return os.fstat(self._file).st_nlink == 0

    @contextmanager
    def held(self) -> Generator[None]:
        """Hold the lock. Not for two threads at once: they share it."""
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX)
            yield
        finally:  # also when a signal's exception comes right after the lock
            fcntl.flock(self._file, fcntl.LOCK_UN)

    def read(self) -> bytes:
        """What the last holder left here."""
        return os.pread(self._file, os.fstat(self._file).st_size, 0)

    def write(self, content: bytes) -> None:
        """Leave `content` for the next holder. A crash in the middle may leave a part of it."""
        os.ftruncate(self._file, os.pwrite(self._file, content, 0))

    def _open(self) -> int:
        return os.open(self._path, os.O_RDWR | os.O_CREAT, 0o666)
