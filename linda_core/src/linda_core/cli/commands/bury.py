"""linda bury"""

import click

from linda_core.broker import Broker
from linda_core.cli import options
from linda_core.cli.table import print_json
from linda_core.driver import Buries
from linda_core.errors import Unsupported

#: Seconds; long enough for burying what was taken.
LEASE = 30.0


@click.command()
@options.broker
@click.argument("queue")
@options.limit(1, "How many at most.")
@options.option("--reason", "-r", default="set aside by hand", help="Stays with the jobs.")
@options.json
def command(broker: Broker, queue: str, limit: int, reason: str, json: bool) -> None:
    """Set the next ready jobs of QUEUE aside, and print their ids.

    For jobs that must not run now: the first one, unless --limit says more. Taking them counts as an attempt.
    `linda kick` brings them back.
    """
    if not broker.supports(Buries):
        raise Unsupported(f"{broker.url} cannot set jobs aside")
    buried: list[str] = []
    while len(buried) < limit and (jobs := broker.pop_many(queue, LEASE, min(limit - len(buried), 100))):
        for job in jobs:
            broker.bury(queue, job, reason)
            buried.append(job.id)
    if json:
        print_json(buried)
    else:
        for identity in buried:
            click.echo(identity)
