"""The top of the command line: which commands there are, and what becomes of their errors."""

import signal
from importlib import import_module
from typing import Any

import click

from linda_core.cli.failure import failure
from linda_core.errors import LindaError

#: In the order in which help lists them. Each is the module of that name in `commands`, imported when it is used.
COMMANDS = (
    "run",
    "push",
    "later",
    "queues",
    "counts",
    "peek",
    "kick",
    "bury",
    "drain",
    "purge",
    "brokers",
    "conform",
    "bench",
)


class Commands(click.Group):
    """A group that imports no command before it is asked for."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The names of all commands."""
        del ctx
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command of that name, or None."""
        del ctx
        if cmd_name not in COMMANDS:
            return None
        command: click.Command = import_module(f"linda_core.cli.commands.{cmd_name}").command
        command.name = cmd_name
        return command

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command. Linda's errors become one line and an exit code; Ctrl-C says nothing."""
        try:
            return super().invoke(ctx)
        except (LindaError, OSError) as error:
            if ctx.params["debug"] or isinstance(error, BrokenPipeError):  # click leaves quietly after the latter
                raise
            raise failure(error) from error
        except KeyboardInterrupt:
            ctx.exit(128 + signal.SIGINT)


@click.group(
    cls=Commands,
    context_settings={
        "auto_envvar_prefix": "LINDA",
        "help_option_names": ["-h", "--help"],
        "max_content_width": 120,
        "show_default": True,
    },
)
@click.option("--debug", is_flag=True, show_envvar=True, help="Show where an error came from.")
@click.version_option(package_name="linda-core")
def linda(debug: bool) -> None:
    """Background jobs with the same promises on every broker.

    Every option can also be set in the environment, under the name in its help.

    Exit codes: 0 done, 1 it failed (the broker cannot be reached, say), 2 the command was wrong.
    """
    del debug
