"""linda purge"""

import sys

import click

from linda_core.broker import Broker
from linda_core.cli import options
from linda_core.cli.table import printable
from linda_core.driver import Purges, Tallies
from linda_core.errors import Unsupported


@click.command()
@options.broker
@click.argument("queue")
@options.yes
def command(broker: Broker, queue: str, yes: bool) -> None:
    """Drop every job of QUEUE, of every state, for good.

    Asks first, unless --yes is given. Whoever holds a reserved job will find its lease lost.
    """
    if not broker.supports(Purges):
        raise Unsupported(f"{broker.url} cannot drop all jobs of a queue at once; use `linda drain`")
    if not yes:
        _confirm(broker, queue)
    broker.purge(queue)


def _confirm(broker: Broker, queue: str) -> None:
    if not sys.stdin.isatty():
        raise click.UsageError("There is nobody to ask; give --yes.")
    held = ""
    if broker.supports(Tallies):
        known = {state: number for state, number in broker.counts(queue)._asdict().items() if number}
        held = f" ({', '.join(f'{number} {state}' for state, number in known.items()) or 'empty'})"
    click.confirm(f"Drop every job of {printable(queue)}{held} at {broker.url}?", abort=True, err=True)
