"""The options that several commands share."""

from collections.abc import Callable
from functools import partial, wraps
from typing import Any, TypeVar

import click

from linda_core.broker import new_broker
from linda_core.cli import values
from linda_core.driver import NORMAL_PRIORITY
from linda_core.job import Job
from linda_core.settings import Settings

Command = TypeVar("Command", bound=Callable[..., Any])

DEFAULT_QUEUE = "default"

#: An option whose help names its default and its environment variable.
option = partial(click.option, show_default=True, show_envvar=True)

json = option("--json", is_flag=True, help="Write JSON.")

priority = option("--priority", type=int, default=NORMAL_PRIORITY, help="0 is the most urgent, 4294967295 the least.")

yes = option("--yes", "-y", is_flag=True, help="Do not ask.")


def broker(command: Callable[..., Any]) -> Callable[..., Any]:
    """Adds `--url`, and calls `command` with an open Broker of that URL as `broker`."""

    @option("--url", "-u", envvar="LINDA_URL", default=Settings.connection, help="Broker URL.")
    @wraps(command)
    def connected(*, url: str, **given: Any) -> Any:
        with new_broker(url) as broker:
            return command(broker=broker, **given)

    return connected


def job(*, required: bool) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Adds what describes one job, and calls the command with it as `job`; None if no NAME is given."""

    def decorate(command: Callable[..., Any]) -> Callable[..., Any]:
        @click.argument("name", required=required)
        @click.argument("args", nargs=-1, type=values.value)
        @option(
            "--kwarg",
            "-k",
            multiple=True,
            type=values.named,
            metavar="NAME=VALUE",
            help="A named argument; may be repeated.",
        )
        @option("--id", help="The job's id; made by Linda unless given.")
        @wraps(command)
        def described(name: str | None, args: tuple[Any, ...], kwarg: tuple[tuple[str, Any], ...], **given: Any) -> Any:
            identity = given.pop("id")
            return command(job=None if name is None else Job(name, args, dict(kwarg), id=identity), **given)

        return described

    return decorate


class QueueName(click.types.StringParamType):
    """A queue's name, which may have blanks in it: a variable is one name, also where the option may be repeated."""

    envvar_list_splitter = "\0"


def queue(text: str, *, default: str | None = None, multiple: bool = False) -> Callable[[Command], Command]:
    """Adds `--queue`."""
    return option(
        "--queue", "-q", envvar="LINDA_QUEUE", type=QueueName(), default=default, multiple=multiple, help=text
    )


def limit(default: int | None, text: str) -> Callable[[Command], Command]:
    """Adds `--limit`, a number of jobs."""
    return option("--limit", "-n", type=click.IntRange(min=1), default=default, help=text)
