"""linda counts"""

import click

from linda_core.broker import Broker
from linda_core.cli import options
from linda_core.cli.table import print_json, print_table


@click.command()
@options.broker
@click.argument("queues", nargs=-1)
@options.json
def command(broker: Broker, queues: tuple[str, ...], json: bool) -> None:
    """Count the jobs of QUEUES, or of all queues, in each state. A dash (null) is what the server cannot tell."""
    rows = [{"queue": name, **broker.counts(name)._asdict()} for name in queues or broker.queues()]
    if json:
        print_json(rows)
    else:
        print_table(["queue", "ready", "delayed", "reserved", "buried"], [list(row.values()) for row in rows])
