"""Figures as Markdown."""

from collections.abc import Mapping, Sequence

#: A line of a table: each value under its heading.
Row = Mapping[str, float | str]


def table(rows: Sequence[Row]) -> str:
    """The headings of the first row, and all rows; whole numbers from 100 up."""
    heads = [name.replace("_", " ") for name in rows[0]]
    lines = [f"| {' | '.join(heads)} |", "|---|" + "---:|" * (len(heads) - 1)]
    lines += [f"| {' | '.join(map(_shown, row.values()))} |" for row in rows]
    return "\n".join(lines)


def _shown(value: float | str) -> str:
    return f"{value:,.0f}" if isinstance(value, int | float) and value >= 100 else str(value)
