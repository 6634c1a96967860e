"""The kit finds every planted bug, and none where there is none."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.kit.broken import BUGS, Bug, caught_by
from tests.servers.server import Server

Failures = dict[str, dict[str, str]]

ROOT = Path(__file__).parents[2]


def failures_of(kind: str, rest: str = "", path: Path = ROOT) -> Failures:
    """Which tests failed for which driver, and what they said."""
    run = subprocess.run(
        [sys.executable, "-m", "tests.kit.trial", kind, rest],
        check=True,
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": f"{path}{os.pathsep}{ROOT}"},
        capture_output=True,
        text=True,
        timeout=300,
    )
    failures: Failures = json.loads(run.stdout)
    return failures


def missed(bug: Bug, failures: Failures) -> set[str]:
    """The tests that should have found it and did not."""
    return caught_by(bug) - set(failures.get(bug.__name__, {}))


@pytest.fixture(scope="module")
def in_memory() -> Failures:
    return failures_of("memory")


@pytest.fixture(scope="module")
def when_killed(tmp_path_factory: pytest.TempPathFactory) -> Failures:
    """The processes that are killed find the broken drivers as they would find any: by an entry point."""
    folder = tmp_path_factory.mktemp("crashing")
    (folder / "broken-1.dist-info").mkdir()
    (folder / "broken-1.dist-info" / "METADATA").write_text("Metadata-Version: 2.1\nName: broken\nVersion: 1\n")
    schemes = [f"{bug.__name__.lower()} = {bug.__module__}:{bug.__name__}\n" for bug in BUGS["sqlite"]]
    (folder / "broken-1.dist-info" / "entry_points.txt").write_text("[linda.brokers]\n" + "".join(schemes))
    return failures_of("sqlite", f"/{folder}/linda.db", folder)


@pytest.fixture(scope="module")
def when_cut(redis_server: Server) -> Failures:
    return failures_of("redis", redis_server.url.removeprefix("redis://"))


@pytest.mark.slow
@pytest.mark.parametrize("bug", BUGS["memory"], ids=lambda bug: bug.__name__)
def test_the_kit_finds(bug: Bug, in_memory: Failures) -> None:
    assert not missed(bug, in_memory), bug.__doc__


@pytest.mark.slow
@pytest.mark.parametrize("bug", BUGS["sqlite"], ids=lambda bug: bug.__name__)
def test_the_kit_finds_by_killing(bug: Bug, when_killed: Failures) -> None:
    assert not missed(bug, when_killed), bug.__doc__


@pytest.mark.slow
@pytest.mark.parametrize("bug", BUGS["redis"], ids=lambda bug: bug.__name__)
def test_the_kit_finds_by_cutting(bug: Bug, when_cut: Failures) -> None:
    assert not missed(bug, when_cut), bug.__doc__


@pytest.mark.slow
def test_the_kit_finds_nothing_wrong_with_the_reference(in_memory: Failures) -> None:
    assert in_memory.get("MemoryDriver", {}) == {}
