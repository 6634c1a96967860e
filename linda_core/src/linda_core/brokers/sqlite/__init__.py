"""Linda over one SQLite file: nothing to install, several processes, every job on disk."""

from linda_core.brokers.sqlite.driver import SqliteDriver

__all__ = ["SqliteDriver"]
