"""Measuring one broker leaves the figures of the others as they were."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.repo.tree import ROOT


def report(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "benchmarks.report", *arguments]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=300, check=False)


@pytest.mark.slow
def test_one_broker_is_measured_without_the_others(tmp_path: Path) -> None:
    figures = tmp_path / "speed.json"
    others = {"redis": {"title": "Redis"}, "sqlite": {"title": "as it was"}, "mine": {"title": "Mine"}}
    figures.write_text(json.dumps(others))

    run = report("sqlite", "--jobs", "20", "--rounds", "1", "--into", figures)
    kept = json.loads(figures.read_text())

    assert run.returncode == 0, run.stderr
    assert list(kept) == ["redis", "sqlite", "mine"]
    assert (kept["redis"], kept["mine"]) == (others["redis"], others["mine"])
    assert kept["sqlite"]["versions"][0].startswith("SQLite 3.")
    assert [table["title"] for table in kept["sqlite"]["tables"]] == ["Promptness", "Flatness"]


def test_what_nothing_measures_is_refused_by_name(tmp_path: Path) -> None:
    run = report("sqlite", "nonsense", "--into", tmp_path / "speed.json")

    assert run.returncode == 2
    assert "nothing measures nonsense; there are redis, " in run.stderr
    assert not list(tmp_path.iterdir())
