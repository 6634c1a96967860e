"""linda run"""

import sys
from collections.abc import Callable
from dataclasses import replace
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any, TypeVar

import click

from linda_core import tracebacks
from linda_core.app import Linda, default_app
from linda_core.cli import banner, health, logs, options
from linda_core.cli.failure import Failure
from linda_core.errors import LindaError

Command = TypeVar("Command", bound=Callable[..., Any])


def setting(name: str, kind: type, text: str, *flags: str) -> Callable[[Command], Command]:
    """An option that replaces one setting of the program's."""
    return options.option(f"--{name.replace('_', '-')}", *flags, name, type=kind, default=None, help=text)


@click.command()
@click.argument("program", metavar="MODULE[:APP]")
@options.option("--url", "-u", "connection", envvar="LINDA_URL", default=None, help="Broker URL.")
@options.queue("A queue to work on; repeat it in order of priority.", multiple=True)
@setting("concurrency", int, "Jobs that run at once in one process.", "-c")
@setting("processes", int, "Worker processes.", "-p")
@setting("timeout", float, "Lease, seconds; renewed while a handler runs.")
@setting("interval", float, "Longest single wait for a job, seconds.")
@setting("grace", float, "How long a stop waits for running jobs, seconds.")
@setting("max_attempts", int, "After so many attempts a failing job is buried.")
@setting("time_limit", float, "Longest a handler may run, seconds.")
@options.option("--health-port", type=click.IntRange(1, 65535), help="Answer GET / here: 200 while jobs are consumed.")
@options.option("--log-level", type=click.Choice(["debug", "info", "warning", "error"]), default="info", help="Least.")
@options.option("--log-format", type=click.Choice(["text", "json"]), default="text", help="One line for each event.")
def command(
    program: str, queue: tuple[str, ...], health_port: int | None, log_level: str, log_format: str, **given: Any
) -> None:
    """Run the jobs of a program until TERM or Ctrl-C.

    MODULE is imported from the current folder or from where Python finds it; its handlers are registered by that. APP
    names its Linda object, where it has one. Options replace the program's own settings.

    The first signal finishes what runs and hands back the rest, a second one hands back everything at once. Exit code
    1 says that something had to be cut off.
    """
    logs.configure(log_level, log_format)
    app = load(program)
    replaced = {name: value for name, value in given.items() if value is not None}
    if queue:
        replaced["queue"] = queue
    app.set_settings(replace(app.settings, **replaced))
    click.echo(banner.text(app), err=True)
    if app.settings.processes > 1:
        app.close()  # each worker process connects its own
    with health.served(app, health_port):
        finished = app.run()
    app.close()
    if not finished:
        raise click.exceptions.Exit(1)


def load(program: str) -> Linda:
    """The Linda object that `module[:app]` means."""
    module_name, _, attribute = program.partition(":")
    sys.path.insert(0, str(Path.cwd()))
    module = _imported(module_name)
    if attribute:
        app = getattr(module, attribute, None)
        if not isinstance(app, Linda):
            raise click.UsageError(f"{attribute!r} in {module_name} is not a Linda object.")
        return app
    found = [value for value in vars(module).values() if isinstance(value, Linda)]
    if len(found) > 1:
        raise click.UsageError(f"{module_name} has {len(found)} Linda objects; say which: {module_name}:NAME")
    return found[0] if found else default_app


def _imported(name: str) -> ModuleType:
    try:
        return import_module(name)
    except LindaError:
        raise
    except Exception as error:  # whatever it is, it is for the program's author to see
        if isinstance(error, ModuleNotFoundError) and error.name and name.startswith(error.name):
            raise click.UsageError(f"There is no module {name!r} here ({Path.cwd()}).") from error
        raise Failure(f"{name} cannot be imported:\n{tracebacks.told(error)}") from error
