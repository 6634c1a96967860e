"""linda later"""

import click

from linda_core.broker import Broker
from linda_core.cli import options, values
from linda_core.cli.table import print_pushed
from linda_core.job import Job


@click.command()
@options.broker
@click.argument("delay", type=values.duration)
@options.job(required=True)
@options.queue("The queue to push to.", default=options.DEFAULT_QUEUE)
@options.priority
@options.json
def command(broker: Broker, delay: float, job: Job, queue: str, priority: int, json: bool) -> None:
    """Push a job that is ready after DELAY, and print its id.

    DELAY is seconds, or a number with a unit: 250ms, 90s, 5m, 2h, 1d. NAME and ARGS are as for `linda push`.
    """
    broker.later(delay, job, queue, priority=priority)
    print_pushed(job, as_json=json)
