"""How soon an idle worker starts a pushed job, and how late delayed jobs are, on any broker.

python -m benchmarks.promptness URL [PUSHES DELAYED]
"""

import statistics
import sys
import threading
import time
from collections.abc import Sequence

import linda_core as linda

QUEUE = "bench-promptness"
SPREAD = 10.0  # seconds over which delayed jobs become due


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
    """Many delayed jobs, due all along ten seconds."""
    stopwatch.seconds.clear()
    for number in range(jobs):
        delay = 1.0 + SPREAD * number / jobs
        broker.later(delay, linda.Job("stopwatch", [time.time() + delay]), QUEUE)
    give_up = time.monotonic() + 4 * SPREAD
    while len(stopwatch.seconds) < jobs and time.monotonic() < give_up:
        time.sleep(0.1)
    return list(stopwatch.seconds)


def shown(name: str, seconds: Sequence[float]) -> str:
    """A line of the table, in milliseconds."""
    ordered = sorted(1000 * value for value in seconds)
    figures = [ordered[0], statistics.median(ordered), ordered[int(0.95 * len(ordered))], ordered[-1]]
    return f"| {name} | {len(ordered)} | " + " | ".join(f"{figure:.2f}" for figure in figures) + " |"


def main(url: str, pushes: int = 200, delayed: int = 10_000) -> None:
    """Run a worker in this process and measure it."""
    app = linda.Linda(linda.Settings(queue=QUEUE, connection=url, concurrency=10))
    stopwatch = Stopwatch()
    app.register_workers("stopwatch", stopwatch)
    worker = threading.Thread(target=app.run)
    worker.start()
    with linda.new_broker(url) as broker:
        print("| milliseconds | jobs | least | median | p95 | most |\n|---|---:|---:|---:|---:|---:|")
        print(shown("push to start", latency(broker, stopwatch, pushes)))
        print(shown("lateness", lateness(broker, stopwatch, delayed)))
        app.stop()
        worker.join()
        broker.purge(QUEUE)


if __name__ == "__main__":
    main(sys.argv[1], *(int(word) for word in sys.argv[2:]))
