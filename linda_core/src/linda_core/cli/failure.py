"""An error of Linda's as the command line shows it."""

import sys
from typing import IO, Any

import click

from linda_core.errors import LindaError, UsageError


class Failure(click.ClickException):
    """One line on stderr, and exit code 1."""

    def show(self, file: IO[Any] | None = None) -> None:
        """Print it."""
        click.echo(f"{click.style('linda:', fg='red')} {self.message}", file=file or sys.stderr)


class Mistake(Failure):
    """The same with exit code 2: the command was wrong, and will not get right by repeating it."""

    exit_code = 2


def failure(error: LindaError | OSError) -> Failure:
    """What to raise for `error`."""
    line = " ".join(str(error).split())
    return Mistake(line) if isinstance(error, UsageError) else Failure(line)
