"""linda push"""

from collections.abc import Iterator
from itertools import groupby
from typing import BinaryIO

import click

from linda_core.broker import Broker
from linda_core.cli import jsonl, options
from linda_core.cli.progress import progress
from linda_core.cli.table import print_json, print_pushed
from linda_core.errors import DecodeError
from linda_core.job import Job

BATCH = 1000


@click.command()
@options.broker
@options.job(required=False)
@options.queue("The queue to push to.")
@options.priority
@options.option("--from-jsonl", type=click.File("rb"), help="Push the jobs in this file; - is stdin.")
@options.json
def command(
    broker: Broker, job: Job | None, queue: str | None, priority: int, from_jsonl: BinaryIO | None, json: bool
) -> None:
    """Push a job, ready at once, and print its id.

    NAME is its handler's name. Each of ARGS is a JSON value, or text where it is not JSON: 5 is a number, '"5"' and
    five are text. Put -- before arguments that start with a dash.

    With --from-jsonl, push every job of a file that `linda drain` has written, or that has an envelope on each line.
    They go to --queue, or to the queue that each line names. They keep their ids: where the broker recognises those,
    a job that is still there is not pushed again.
    """
    if job is not None and from_jsonl is None:
        broker.push(job, queue or options.DEFAULT_QUEUE, priority=priority)
        print_pushed(job, as_json=json)
    elif from_jsonl is not None and job is None:
        pushed = _push_all(broker, jsonl.read(from_jsonl), queue, priority)
        print_json({"pushed": pushed}) if json else click.echo(f"pushed {pushed}")
    else:
        raise click.UsageError("Give the NAME of a job, or --from-jsonl and a file.")


def _push_all(broker: Broker, jobs: Iterator[Job], queue: str | None, priority: int) -> int:
    pushed = 0
    with progress("pushing", None) as bar:
        for batch in _batches(jobs):
            for name, group in groupby(batch, key=lambda job: queue or job.queue or options.DEFAULT_QUEUE):
                broker.push_many(group, name, priority=priority)
            bar.update(len(batch))
            pushed += len(batch)
    return pushed


def _batches(jobs: Iterator[Job]) -> Iterator[list[Job]]:
    """All jobs, those before a line that cannot be read included."""
    batch: list[Job] = []
    try:
        for job in jobs:
            batch.append(job)
            if len(batch) == BATCH:
                yield batch
                batch = []
    except DecodeError:
        yield batch
        raise
    yield batch
