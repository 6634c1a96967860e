"""The command line, `linda`. What it does and takes is in docs/cli.md, which is made from the commands' own help."""

import os

from linda_core.cli.group import linda


def main() -> None:
    """Run the command in `sys.argv`, and leave with its exit code."""
    linda.main(prog_name="linda", color=False if os.environ.get("NO_COLOR") else None)
