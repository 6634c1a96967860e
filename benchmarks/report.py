"""Measure brokers side by side with their peers, and keep the figures in docs/speed.json; `make docs` makes the page.

python -m benchmarks.report [BROKER ...] [--jobs N] [--rounds N] [--into FILE]

Without a name, every broker: that takes a quarter of an hour, in which the machine is to be left alone. What is not
measured now stays as it was measured before.
"""

import argparse
import json
import os
import platform
import tempfile
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from importlib.metadata import packages_distributions, version
from pathlib import Path
from typing import Any

import linda_core as linda
from benchmarks.subjects import SUBJECTS, Subject
from tests.servers.locate import Kind, provide_private

FIGURES = Path(__file__).parents[1] / "docs" / "speed.json"


def main() -> None:
    """What the command line asks for."""
    parser = argparse.ArgumentParser("python -m benchmarks.report", description="Measure, and keep the figures.")
    parser.add_argument("brokers", nargs="*", metavar="BROKER", help=f"{', '.join(SUBJECTS)}; all unless named")
    parser.add_argument("--jobs", type=int, default=20_000, help="in each contest (%(default)s)")
    parser.add_argument("--rounds", type=int, default=3, help="of each contest, interleaved (%(default)s)")
    parser.add_argument("--into", type=Path, default=FIGURES, metavar="FILE", help="where the figures are kept")
    asked = parser.parse_args()
    if unknown := set(asked.brokers) - set(SUBJECTS):
        parser.error(f"nothing measures {', '.join(sorted(unknown))}; there are {', '.join(SUBJECTS)}")
    names = asked.brokers or list(SUBJECTS)
    installed = {normal(name) for distributions in packages_distributions().values() for name in distributions}
    if missing := {name for key in names for name in SUBJECTS[key].libraries if normal(name) not in installed}:
        parser.error(f"{', '.join(sorted(missing))} must be installed: pip install --group peers")
    for name in names:
        keep(asked.into, name, measured(SUBJECTS[name], asked.jobs, asked.rounds))


def normal(name: str) -> str:
    """A distribution's name as all of its spellings."""
    return name.lower().replace("_", "-")


def measured(subject: Subject, jobs: int, rounds: int) -> dict[str, Any]:
    """A broker's entry: where, when and with what it was measured, and its tables."""
    servers: dict[str, None] = {}
    tables: list[dict[str, Any]] = []
    for table in subject.tables:
        print(f"{subject.title}: {table.title} ...", flush=True)
        with _server(table.server) as url:
            with linda.new_broker(url) as broker:
                servers[broker.server] = None
            rows = table.measure(url, jobs, rounds)
        contest_of = f" {jobs:,} jobs, medians of {rounds} interleaved rounds." if "contender" in rows[0] else ""
        tables.append({"title": table.title, "about": table.about + contest_of, "rows": rows})
    return {
        "title": subject.title,
        "date": datetime.now(UTC).date().isoformat(),
        "machine": f"{os.cpu_count()} cores, {platform.machine()}",
        "versions": [
            *servers,
            f"Python {platform.python_version()}",
            *(f"{name} {version(name)}" for name in ("msgspec", *subject.libraries)),
        ],
        "tables": tables,
    }


def keep(file: Path, name: str, entry: Mapping[str, Any]) -> None:
    """Put one broker's entry beside the others', in the order above."""
    figures = json.loads(file.read_text("utf-8")) if file.exists() else {}
    figures[name] = entry
    ordered = {key: figures[key] for key in sorted(figures, key=[*SUBJECTS, *figures].index)}
    file.write_text(json.dumps(ordered, indent=2, ensure_ascii=False) + "\n", "utf-8")


@contextmanager
def _server(kind: Kind | None) -> Generator[str]:
    """The URL of a broker of our own, for one table."""
    if kind is None:
        with tempfile.TemporaryDirectory() as folder:
            yield f"sqlite:///{folder}/bench.db"
    else:
        with provide_private(kind) as server:
            yield server.url


if __name__ == "__main__":
    main()
