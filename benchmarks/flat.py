"""Whether a worker's memory and the cost of a job stay the same with a million jobs delayed and a million ready.

python -m benchmarks.flat URL [JOBS]
"""

import resource
import sys
import time

import linda_core as linda

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


def measure(broker: linda.Broker, what: str) -> None:
    """Microseconds to push, to reserve and delete, and this process's memory."""
    begin = time.perf_counter()
    fill(broker, SAMPLE, 0)
    pushed = time.perf_counter()
    drain(broker, SAMPLE)
    drained = time.perf_counter()
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    costs = [(pushed - begin) / SAMPLE * 1e6, (drained - pushed) / SAMPLE * 1e6, memory]
    print(f"| {what} | " + " | ".join(f"{cost:.1f}" for cost in costs) + " |", flush=True)


def main(url: str, jobs: int = 1_000_000) -> None:
    """Measure empty, with the delayed jobs, and with the ready ones besides."""
    with linda.new_broker(url) as broker:
        broker.purge(QUEUE)
        print("| in the queue | push, µs | reserve and delete, µs | peak memory, MiB |\n|---|---:|---:|---:|")
        measure(broker, "nothing")
        fill(broker, jobs, 86_400)
        measure(broker, f"{jobs:,} delayed")
        fill(broker, jobs, 0)
        measure(broker, f"{jobs:,} delayed, {jobs:,} ready")
        broker.purge(QUEUE)


if __name__ == "__main__":
    main(sys.argv[1], *(int(word) for word in sys.argv[2:]))
