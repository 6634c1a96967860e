"""linda queues"""

import click

from linda_core.broker import Broker
from linda_core.cli import options
from linda_core.cli.table import print_json, printable


@click.command()
@options.broker
@options.json
def command(broker: Broker, json: bool) -> None:
    """List the queues that hold a job, one on each line."""
    names = broker.queues()
    if json:
        print_json(names)
    else:
        for name in names:
            click.echo(printable(name))
