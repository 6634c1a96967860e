"""What must not be in a committed file."""

import re
import subprocess
from pathlib import Path

import pytest

from tests.repo.tree import ROOT

#: The start of a path that exists on one machine only. Written so that it does not match itself.
_HOME = re.compile(r"(?<![\w.~$}])/(?:home|root|work|Users)/(?!\W)")

#: A module longer than this has more than one idea.
_LONGEST = 320


def tracked(*patterns: str) -> list[Path]:
    command = ["git", "ls-files", "-z", *patterns]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    if listed.returncode != 0:
        pytest.skip("not a git checkout")
    return [ROOT / name for name in listed.stdout.split("\0") if name and (ROOT / name).exists()]


def test_no_file_names_a_place_on_one_machine() -> None:
    found = [
        f"{path.relative_to(ROOT)}:{number}: {line.strip()}"
        for path in tracked()
        for number, line in enumerate(path.read_text(errors="replace").splitlines(), start=1)
        if _HOME.search(line)
    ]

    assert found == []


def test_no_module_is_longer_than_one_idea() -> None:
    lengths = {path.relative_to(ROOT): len(path.read_text().splitlines()) for path in tracked("*.py")}

    assert {path: length for path, length in lengths.items() if length > _LONGEST} == {}
