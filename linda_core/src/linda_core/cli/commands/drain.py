"""linda drain"""

import sys
from io import FileIO

import click

from linda_core.broker import Broker
from linda_core.cli import jsonl, options
from linda_core.cli.progress import progress
from linda_core.driver import Tallies

#: Jobs that are written before they are deleted. An interrupted run has written at most so many that stay.
BATCH = 100

#: Seconds; long enough for a slow reader of what is written.
LEASE = 300.0


@click.command()
@options.broker
@click.argument("queue")
@options.limit(None, "How many at most; all unless given.")
def command(broker: Broker, queue: str, limit: int | None) -> None:
    """Move the ready jobs of QUEUE to stdout, a line of JSON each.

    A job is deleted after it was written: an interrupted drain loses none, and may leave up to 100 that are written
    as well. `linda push --from-jsonl` puts them back, here or on another broker. Jobs in other states stay.
    """
    total = broker.counts(queue).ready if broker.supports(Tallies) else None
    if total is not None and limit is not None:
        total = min(total, limit)
    with FileIO(sys.stdout.fileno(), "wb", closefd=False) as stream, progress("draining", total) as bar:
        left = limit
        while left != 0:
            moved = _drain_some(broker, queue, min(left or BATCH, BATCH), stream)
            if not moved:
                break
            left = None if left is None else left - moved
            bar.update(moved)


def _drain_some(broker: Broker, queue: str, limit: int, stream: FileIO) -> int:
    jobs = broker.pop_many(queue, LEASE, limit)
    try:
        jsonl.write(jobs, stream)
    except BaseException:  # a reader that went away, or Ctrl-C: nobody is known to have them
        broker.release_many(queue, jobs)
        raise
    broker.delete_many(queue, jobs)
    return len(jobs)
