"""The examples, and the first program of the README, do what they say."""

import os
import re
import signal
import subprocess
import sys
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO

import pytest

from tests.repo.tree import ROOT

EXAMPLES = ROOT / "examples"
LINDA = ("-m", "linda_core")


@contextmanager
def running(command: Sequence[str | Path], folder: Path) -> Generator[IO[str]]:
    """The output of a program that runs until Ctrl-C, and then ends well."""
    environment = os.environ | {"PYTHONPATH": str(EXAMPLES), "PYTHONUNBUFFERED": "1"}
    with subprocess.Popen(
        [sys.executable, *command], cwd=folder, env=environment, stdout=subprocess.PIPE, text=True
    ) as program:
        try:
            assert program.stdout
            yield program.stdout
            program.send_signal(signal.SIGINT)
            assert program.wait(30) == 0
        finally:
            program.kill()


def test_the_first_program_of_the_readme_runs(tmp_path: Path) -> None:
    (code,) = re.findall(r"```python\n(.*?)```", (ROOT / "README.md").read_text(), re.DOTALL)[:1]
    program = tmp_path / "hello.py"
    program.write_text(code)

    with running([program], tmp_path) as output:
        assert output.readline() == "Hello, Linda!\n"
    assert len([line for line in code.splitlines() if line]) <= 8


def test_hello_greets(tmp_path: Path) -> None:
    with running([EXAMPLES / "hello.py"], tmp_path) as output:
        assert output.readline() == "Hello, Linda!\n"


def test_cron_ticks_and_goes_back_into_its_queue(tmp_path: Path) -> None:
    for _ in range(2):  # pushed twice, it is one job
        subprocess.run([sys.executable, EXAMPLES / "cron.py"], cwd=tmp_path, check=True)

    with running([*LINDA, "run", "cron"], tmp_path) as output:
        assert output.readline() == "tick 1\n"

    counted = subprocess.check_output([sys.executable, *LINDA, "counts", "scheduler", "--json"], cwd=tmp_path)
    assert b'"delayed": 1' in counted


@pytest.mark.slow
def test_the_demo_counts_what_a_direct_count_counts() -> None:
    demo = subprocess.run([sys.executable, EXAMPLES / "demo.py"], check=True, stdout=subprocess.PIPE, text=True)

    assert demo.stdout.endswith("Equal.\n")
