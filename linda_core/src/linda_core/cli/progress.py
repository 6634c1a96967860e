"""How far long work has got, for somebody who watches."""

import sys
from contextlib import AbstractContextManager
from typing import Protocol

import click


class Bar(Protocol):
    """What moves."""

    def update(self, n_steps: int) -> None:
        """So many more are done."""
        ...


def progress(label: str, total: int | None) -> AbstractContextManager[Bar]:
    """A bar on stderr, if that is a terminal; without a total, the number done so far."""
    return click.progressbar(
        iter(()) if total is None else None,
        length=total,
        label=label,
        show_pos=True,
        file=sys.stderr,
        hidden=not sys.stderr.isatty(),
    )
