"""linda bench"""

import secrets
from collections.abc import Generator
from contextlib import contextmanager

import click

from linda_core.broker import Broker, new_broker
from linda_core.cli import options
from linda_core.cli.measurements import Bench, Figure
from linda_core.cli.progress import progress
from linda_core.cli.table import print_json, print_table
from linda_core.driver import Purges

FIGURES = 8


@click.command()
@click.argument("url")
@options.option("--jobs", "-n", type=click.IntRange(min=100), default=5000, help="At most so many in each measurement.")
@options.option("--seconds", type=click.FloatRange(min=1), default=5.0, help="At most so long for each measurement.")
@options.json
def command(url: str, jobs: int, seconds: float, json: bool) -> None:
    """Measure the broker at URL: how fast, how prompt, how late.

    With one producer and one consumer in this process: how many jobs a second go in and out, how soon a waiting
    consumer starts a job that is pushed, and how late delayed jobs are. Uses a queue of its own, and empties it.
    """
    figures: list[Figure] = []
    with new_broker(url) as producer, new_broker(url) as consumer, _queue(consumer) as queue:
        with progress("measuring", FIGURES) as bar:
            for figure in Bench(producer, consumer, queue, jobs, seconds).figures():
                figures.append(figure)
                bar.update(1)
        server = producer.server
    if json:
        rows = [{"name": name, "value": round(value, 3), "unit": unit} for name, value, unit in figures]
        print_json({"url": str(producer.url), "server": server, "figures": rows})
    else:
        click.echo(f"{producer.url}  {server}\n")
        print_table(["measured", "value", "unit"], [(name, f"{value:.1f}", unit) for name, value, unit in figures])


@contextmanager
def _queue(broker: Broker) -> Generator[str]:
    name = f"linda-bench.{secrets.token_hex(4)}"
    try:
        yield name
    finally:
        if broker.supports(Purges):
            broker.purge(name)
        else:
            while broker.pop_many(name, 0, 1000):
                pass
