"""The main job on real input: count the lines and words of the running Python's own standard library.

One job per file, counted by several worker processes; one periodic job that reports progress and puts itself back
with `release_with_delay` until all is counted; one job whose handler fails at first and is retried. The embedded
broker keeps the jobs in a file, so no server is needed. Ends with 0 when the jobs' total equals a direct count.
"""

import logging
import os
import sqlite3
import sys
import sysconfig
import tempfile
from pathlib import Path

import linda_core as linda

PROCESSES = 3
LIBRARY = Path(sysconfig.get_path("stdlib"))


def files() -> list[Path]:
    """Every Python file of the standard library, third-party packages left out."""
    return sorted(path for path in LIBRARY.rglob("*.py") if "site-packages" not in path.parts)


def count_file(path: Path) -> tuple[int, int]:
    """Lines and words of one file."""
    content = path.read_bytes()
    return content.count(b"\n"), len(content.split())


def results() -> sqlite3.Connection:
    """Where the handlers leave their counts: one row per file, so that counting a file twice changes nothing."""
    connection = sqlite3.connect("counts.db", timeout=30, isolation_level=None)
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("CREATE TABLE IF NOT EXISTS counts (path TEXT PRIMARY KEY, lines INTEGER, words INTEGER)")
    return connection


def counted() -> tuple[int, int, int]:
    """Files, lines and words so far."""
    (row,) = results().execute("SELECT count(*), coalesce(sum(lines), 0), coalesce(sum(words), 0) FROM counts")
    return row


@linda.handler
def count(path: str) -> None:
    """Count one file."""
    results().execute("INSERT OR REPLACE INTO counts VALUES (?, ?, ?)", (path, *count_file(Path(path))))


@linda.handler(max_attempts=None)
def report(total: int) -> None:
    """A cron job, the Linda way: it ends by putting itself back, until there is nothing left to report."""
    done, lines, _ = counted()
    print(f"  {done:5} of {total} files, {lines:8,} lines", flush=True)
    if done < total:
        job = linda.current_job()
        assert job is not None
        linda.get_broker().release_with_delay(job.queue, job, 0.1)
    else:
        finish.push()


@linda.handler
def finish() -> None:
    """Fails at its first attempt; the second one ends the run."""
    job = linda.current_job()
    assert job is not None
    if job.attempts == 1:
        raise RuntimeError("the first attempt fails on purpose; Linda runs it again")
    linda.stop()


def main() -> int:
    """Push, run, compare."""
    logging.basicConfig(level=logging.WARNING, format="  %(message)s")
    paths = files()
    print(f"Counting {len(paths)} files of {LIBRARY} with {PROCESSES} worker processes")
    with tempfile.TemporaryDirectory(prefix="linda-demo-") as folder:
        os.chdir(folder)
        linda.set_settings(linda.Settings(concurrency=2, processes=PROCESSES, backoff=linda.constant(0.5)))
        results()
        broker = linda.get_broker()
        broker.push_many([linda.Job("count", [str(path)]) for path in paths], "default")
        report.push(len(paths))
        linda.run()
        done, lines, words = counted()
        left = sum(filter(None, broker.counts("default")))
        linda.close()
        os.chdir("/")
    direct = [count_file(path) for path in paths]
    expected = (len(paths), sum(one for one, _ in direct), sum(one for _, one in direct))
    print(f"The jobs counted {done} files, {lines:,} lines, {words:,} words; {left} jobs are left")
    print(f"A direct count:  {expected[0]} files, {expected[1]:,} lines, {expected[2]:,} words")
    print("Equal." if (done, lines, words) == expected else "NOT EQUAL")
    return 0 if (done, lines, words) == expected and not left else 1


if __name__ == "__main__":
    sys.exit(main())
