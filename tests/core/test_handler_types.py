"""Wrong arguments of a push are found before the program runs."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow

RIGHT = """
import linda_core as linda

@linda.handler
def add(left: int, right: int, *, note: str = "") -> int:
    return left + right

@linda.handler("Fetch", queue="web", max_attempts=3)
async def fetch(url: str) -> None: ...

total: int = add(1, 2)
job: linda.Job = add.push(1, right=2, note="three")
job = add.later(60, 1, 2)
job = fetch.later(0.5, url="https://example.com")
"""

WRONG = """
add.push(1)
add.push(1, "two")
add.push(1, 2, 3)
add.push(1, 2, note=3)
add.push(1, 2, remark="")
add.later(1, 2)
add.later("soon", 1, 2)
fetch.push()
fetch.later(60, 5)
"""

CHECKERS = {"mypy": ["mypy", "--strict", "--no-incremental"], "pyright": ["pyright"]}


@pytest.mark.parametrize("checker", CHECKERS)
def test_every_wrong_argument_is_found_and_no_right_one(tmp_path: Path, checker: str) -> None:
    pytest.importorskip(checker)
    program = tmp_path / "program.py"
    program.write_text(RIGHT + WRONG)

    checked = subprocess.run(
        [sys.executable, "-m", *CHECKERS[checker], str(program)], capture_output=True, text=True, check=False
    )

    found = {int(number) for number in re.findall(r"program\.py:(\d+):.*error", checked.stdout)}
    wrong = {number for number, line in enumerate((RIGHT + WRONG).splitlines(), 1) if f"{line}\n" in WRONG and line}
    assert found == wrong, checked.stdout
