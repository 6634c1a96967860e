"""How soon an idle worker starts a job that is pushed, and how late delayed jobs start, a thousand due in each second.

Never early is a promise, and tested; how late is measured here.

python -m benchmarks.promptness URL [JOBS]
"""

import statistics
import sys
import threading
import time
from collections.abc import Sequence

import linda_core as linda
from benchmarks.table import Row, table

QUEUE = "bench-promptness"
RATE = 1000  # delayed jobs that become due in a second
PUSHES = 200  # one at a time


class Stopwatch:
    """A handler that notes how long after the moment in its argument it was called."""

    def __init__(self) -> None:
        self.seconds: list[float] = []
        self.called = threading.Event()

    def __call__(self, job: linda.Job) -> None:
        self.seconds.append(time.time() - job.args[0])
        self.called.set()


def latency(broker: linda.Broker, stopwatch: Stopwatch, pushes: int) -> list[float]:
    """One push at a time to a worker that has nothing to do."""
    stopwatch.seconds.clear()
    for _ in range(pushes):
        time.sleep(0.02)
        stopwatch.called.clear()
        broker.push(linda.Job("stopwatch", [time.time()]), QUEUE)
        stopwatch.called.wait(30)
    return list(stopwatch.seconds)


def lateness(broker: linda.Broker, stopwatch: Stopwatch, jobs: int) -> list[float]:
    """Many delayed jobs, due one after another."""
    stopwatch.seconds.clear()
    for number in range(jobs):
        delay = 1.0 + number / RATE
        broker.later(delay, linda.Job("stopwatch", [time.time() + delay]), QUEUE)
    give_up = time.monotonic() + 30 + 4 * jobs / RATE
    while len(stopwatch.seconds) < jobs and time.monotonic() < give_up:
        time.sleep(0.1)
    return list(stopwatch.seconds)


def row(name: str, seconds: Sequence[float]) -> Row:
    """A line of the table."""
    ordered = sorted(1000 * value for value in seconds)
    figures = [ordered[0], statistics.median(ordered), ordered[int(0.95 * len(ordered))], ordered[-1]]
    return {
        "milliseconds": name,
        "jobs": len(ordered),
        **{head: round(figure, 2) for head, figure in zip(("least", "median", "p95", "most"), figures, strict=True)},
    }


def rows(url: str, jobs: int) -> list[Row]:
    """Run a worker in this process and measure it."""
    app = linda.Linda(linda.Settings(queue=QUEUE, connection=url, concurrency=10))
    stopwatch = Stopwatch()
    app.register_workers("stopwatch", stopwatch)
    worker = threading.Thread(target=app.run)
    worker.start()
    try:
        with linda.new_broker(url) as broker:
            return [
                row("push to start", latency(broker, stopwatch, min(PUSHES, jobs))),
                row("lateness", lateness(broker, stopwatch, jobs)),
            ]
    finally:
        app.stop()
        worker.join()
        app.close()


if __name__ == "__main__":
    print(table(rows(sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else 10_000)))
