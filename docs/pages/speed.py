"""docs/speed.md, from the figures of the last measurements."""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from textwrap import fill
from typing import Any

from benchmarks.table import table as markdown

#: Written by `python -m benchmarks.report`.
FIGURES = Path(__file__).parents[1] / "speed.json"

HEAD = """# Speed

Made by `make docs` from docs/speed.json, which `make speed` measures, for all brokers or for one:
`make speed ARGUMENTS=redis`. Every contender runs in a process of its own, in turn with the others, everything on
loopback: compare within a table, as ratios. Linda is measured as shipped, with leases, renewal, retries and envelope.
"""


def text() -> str:
    """The page."""
    figures: Mapping[str, Any] = json.loads(FIGURES.read_text("utf-8"))
    return "\n".join([HEAD, *(part for broker in figures.values() for part in _parts(broker))])


def _parts(broker: Mapping[str, Any]) -> Iterator[str]:
    yield f"## {broker['title']}\n"
    yield fill(f"Measured on {broker['date']}: {broker['machine']}; {', '.join(broker['versions'])}.", 120) + "\n"
    for table in broker["tables"]:
        yield f"### {broker['title']}: {table['title'][0].lower()}{table['title'][1:]}\n"
        yield fill(table["about"], 120) + "\n"
        yield f"{markdown(table['rows'])}\n"
