"""linda peek"""

from datetime import UTC, datetime
from typing import Any

import click

from linda_core.broker import Broker
from linda_core.cli import options
from linda_core.cli.table import print_json, print_table
from linda_core.job import Job
from linda_core.lifecycle import State


@click.command()
@options.broker
@click.argument("queue")
@options.option(
    "--state", "-s", type=click.Choice([state.value for state in State]), default=State.READY.value, help="Which jobs."
)
@options.limit(10, "How many at most.")
@options.json
def command(broker: Broker, queue: str, state: str, limit: int, json: bool) -> None:
    """Look at jobs of QUEUE without taking them.

    They come in the order in which they would leave their state. `due` is the end of a delay or of a lease, in UTC.
    JSON has the arguments as well, whole tracebacks, and the body of what cannot be decoded.
    """
    jobs = broker.peek(queue, state, limit)
    if json:
        print_json([_described(job) for job in jobs])
    else:
        rows = [(job.id, job.name or None, job.attempts, _moment(job.deadline), _brief(job.reason)) for job in jobs]
        print_table(["id", "name", "attempts", "due", "reason"], rows)


def _described(job: Job) -> dict[str, Any]:
    facts = {
        "id": job.id,
        "state": job.state,
        "attempts": job.attempts,
        "due": _moment(job.deadline),
        "reason": job.reason,
    }
    if not job.name:
        return {**facts, "body": (job.body or b"").decode(errors="backslashreplace")}
    return {**facts, "name": job.name, "args": job.args, "kwargs": job.kwargs, "created_at": job.created_at}


def _brief(reason: str) -> str | None:
    """Without the traceback, if there is one: what was decided, and the exception."""
    lines = reason.splitlines()
    return f"{lines[0]}: {lines[-1]}" if len(lines) > 1 else reason or None


def _moment(seconds: float | None) -> str | None:
    if seconds is None:
        return None
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
