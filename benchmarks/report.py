"""Run every benchmark once and write docs/speed.md. Takes some minutes; leave the machine alone meanwhile.

python -m benchmarks.report
"""

import io
import os
import platform
import sqlite3
import tempfile
from collections.abc import Callable
from contextlib import redirect_stdout
from importlib.metadata import version
from pathlib import Path

from benchmarks import flat, promptness, redis_drain, redis_enqueue
from benchmarks.contest import contest, table
from tests.servers.locate import provide_private
from tests.servers.redis import redis as redis_server

PAGE = Path(__file__).parents[1] / "docs" / "speed.md"
JOBS, ROUNDS = 20_000, 3

TEXT = """# Speed

Written by `python -m benchmarks.report`; every number was measured in that one run, so compare them as ratios.
{machine}.

## Draining Redis

{jobs:,} no-op jobs with bodies of about 250 bytes, one worker process, ten threads, medians of {rounds} interleaved
rounds. Linda as shipped: fenced leases, renewal, retries, envelope. The floors decode each body and call the handler,
without threads, and lose what they hold when they are killed.

{drain}

## Pushing to Redis

One producer, {jobs:,} jobs, medians of {rounds} interleaved rounds.

{enqueue}

## Promptness

From the push to the start of its handler, one job at a time on an idle worker; and how late 10,000 delayed jobs start
that are due over ten seconds. Never early is a promise, and tested; how late is measured here.

Redis:

{redis_promptness}

SQLite:

{sqlite_promptness}

## Flatness

The cost of a job and the memory of its worker, with up to two million jobs in the queue.

Redis:

{redis_flat}

SQLite (`synchronous=full`):

{sqlite_flat}
"""


def main() -> None:
    """Everything, in turn, on servers of its own."""
    with provide_private(redis_server("--appendonly", "no")) as server, tempfile.TemporaryDirectory() as folder:
        database = f"sqlite:///{folder}/bench.db"
        page = TEXT.format(
            machine=_machine(),
            jobs=JOBS,
            rounds=ROUNDS,
            drain=table(contest("benchmarks.redis_drain", redis_drain.CONTENDERS, server.url, JOBS, ROUNDS)),
            enqueue=table(contest("benchmarks.redis_enqueue", redis_enqueue.CONTENDERS, server.url, JOBS, ROUNDS)),
            redis_promptness=_printed(lambda: promptness.main(server.url)),
            sqlite_promptness=_printed(lambda: promptness.main(database)),
            redis_flat=_printed(lambda: flat.main(server.url)),
            sqlite_flat=_printed(lambda: flat.main(database)),
        )
    PAGE.write_text(page, "utf-8")


def _machine() -> str:
    libraries = ", ".join(f"{name} {version(name)}" for name in ("redis", "hiredis", "msgspec", "dramatiq"))
    return (
        f"{os.cpu_count()} cores, {platform.machine()}, Python {platform.python_version()}, "
        f"SQLite {sqlite3.sqlite_version}, Redis without persistence, everything on loopback; {libraries}"
    )


def _printed(run: Callable[[], None]) -> str:
    output = io.StringIO()
    with redirect_stdout(output):
        run()
    return output.getvalue().strip()


if __name__ == "__main__":
    main()
