"""linda conform"""

import sys
import tempfile
from contextlib import redirect_stdout
from pathlib import Path

import click

from linda_core.cli import options
from linda_core.conformance.run import conform


@click.command()
@click.argument("url")
@options.option("--quick", is_flag=True, help="Leave out crowds, crashes and cut connections.")
@options.option("--soak", metavar="N", type=click.IntRange(min=1), default=1, help="N times as many rounds.")
@options.option("--json", is_flag=True, help="Write what was proved as JSON, and the tests' own words to stderr.")
def command(url: str, quick: bool, soak: int, json: bool) -> None:
    """Test the broker at URL against every promise of Linda's.

    Uses queues of its own, whose names start with `linda-kit.`, and empties them. Needs pytest: pip install
    'linda-core[conformance]'. Exit code 1 means that a promise was broken.
    """
    code = _reported(url, quick=quick, soak=soak) if json else conform(url, quick=quick, soak=soak)
    click.get_current_context().exit(1 if code else 0)


def _reported(url: str, *, quick: bool, soak: int) -> int:
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder, "report.json")
        with redirect_stdout(sys.stderr):
            code = conform(url, quick=quick, soak=soak, report=report)
        if report.exists():
            click.echo(report.read_text())
    return code
