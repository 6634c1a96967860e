"""linda kick"""

import click

from linda_core.broker import Broker
from linda_core.cli import options
from linda_core.cli.table import print_json


@click.command()
@options.broker
@click.argument("queue")
@options.limit(1000, "How many at most.")
@options.json
def command(broker: Broker, queue: str, limit: int, json: bool) -> None:
    """Make buried jobs of QUEUE ready again, oldest first."""
    kicked = broker.kick(queue, limit)
    print_json({"kicked": kicked}) if json else click.echo(f"kicked {kicked}")
