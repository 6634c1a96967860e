"""Whether the cost of a job and the memory of a process stay the same, however many jobs are delayed and ready.

python -m benchmarks.flat URL [JOBS]
"""

import json
import subprocess
import sys
import time

import linda_core as linda
from benchmarks.memory import peak
from benchmarks.table import Row, table

QUEUE = "bench-flat"
CHUNK = 10_000
SAMPLE = 20_000  # jobs pushed and drained for each measurement


def fill(broker: linda.Broker, jobs: int, delay: float) -> None:
    """So many jobs, without holding them all at once."""
    for start in range(0, jobs, CHUNK):
        count = min(CHUNK, jobs - start)
        broker.push_many((linda.Job("noop", ["x" * 100]) for _ in range(count)), QUEUE, delay=delay)


def drain(broker: linda.Broker, jobs: int) -> None:
    """Reserve and delete so many, 500 at a time."""
    left = jobs
    while left > 0:
        batch = broker.pop_many(QUEUE, 60, 500)
        broker.delete_many(QUEUE, batch)
        left -= len(batch)


def row(broker: linda.Broker, what: str) -> Row:
    """Microseconds to push, to reserve and delete, and this process's memory."""
    begin = time.perf_counter()
    fill(broker, SAMPLE, 0)
    pushed = time.perf_counter()
    drain(broker, SAMPLE)
    drained = time.perf_counter()
    return {
        "in the queue": what,
        "push, µs": round((pushed - begin) / SAMPLE * 1e6, 1),
        "reserve and delete, µs": round((drained - pushed) / SAMPLE * 1e6, 1),
        "peak memory, MiB": round(peak() / 2**20, 1),
    }


def rows(url: str, jobs: int) -> list[Row]:
    """Measure empty, with the delayed jobs, and with the ready ones besides."""
    with linda.new_broker(url) as broker:
        broker.purge(QUEUE)
        measured = [row(broker, "nothing")]
        fill(broker, jobs, 86_400)
        measured.append(row(broker, f"{jobs:,} delayed"))
        fill(broker, jobs, 0)
        measured.append(row(broker, f"{jobs:,} delayed, {jobs:,} ready"))
        broker.purge(QUEUE)
    return measured


def rows_of_another(url: str, jobs: int) -> list[Row]:
    """The same, measured in a process that has done nothing before."""
    program = f"import json; from benchmarks import flat; print(json.dumps(flat.rows({url!r}, {jobs})))"
    output = subprocess.run([sys.executable, "-c", program], check=True, stdout=subprocess.PIPE, text=True).stdout
    measured: list[Row] = json.loads(output.splitlines()[-1])
    return measured


if __name__ == "__main__":
    print(table(rows(sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else 1_000_000)))
