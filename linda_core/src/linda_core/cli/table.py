"""Answers for people, and for programs."""

import json
from collections.abc import Sequence
from typing import Any

import click

from linda_core.job import Job


def print_table(headings: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    """Columns as wide as their widest cell; numbers to the right, what is not known as a dash."""
    cells = [[_shown(value) for value in row] for row in rows]
    widths = [max(map(len, column)) for column in zip(headings, *cells, strict=True)]
    click.secho(_line(headings, widths, rows[0] if rows else headings), bold=True)
    for row, values in zip(cells, rows, strict=True):
        click.echo(_line(row, widths, values))


def print_json(value: Any) -> None:
    """One document, as people like to read it."""
    click.echo(json.dumps(value, indent=2, ensure_ascii=False, allow_nan=False))


def print_pushed(job: Job, *, as_json: bool) -> None:
    """What a script wants to know of a new job: its id."""
    if as_json:
        print_json({"id": job.id, "name": job.name, "queue": job.queue, "state": job.state})
    else:
        click.echo(job.id)


def printable(text: str) -> str:
    """`text` without characters that could give orders to a terminal, or break the line."""
    return "".join(character if character.isprintable() else ascii(character)[1:-1] for character in text)


def _shown(value: object) -> str:
    return "-" if value is None else printable(str(value))


def _line(cells: Sequence[str], widths: Sequence[int], values: Sequence[object]) -> str:
    aligned = [
        cell.rjust(width) if isinstance(value, int | float) else cell.ljust(width)
        for cell, width, value in zip(cells, widths, values, strict=True)
    ]
    return "  ".join(aligned).rstrip()
