"""The kit finds every planted bug, and none where there is none."""

import json
import subprocess
import sys

import pytest

from tests.kit.broken import BUGS
from tests.kit.broken.driver import Broken

Failures = dict[str, dict[str, str]]


@pytest.fixture(scope="module")
def failures() -> Failures:
    """Which tests failed for which driver, and what they said."""
    run = subprocess.run(
        [sys.executable, "-m", "tests.kit.trial"], check=True, capture_output=True, text=True, timeout=300
    )
    verdict: Failures = json.loads(run.stdout)
    return verdict


@pytest.mark.parametrize("bug", BUGS, ids=lambda bug: bug.__name__)
def test_the_kit_finds(bug: type[Broken], failures: Failures) -> None:
    found = failures.get(bug.__name__, {})

    missed = bug.caught_by - set(found)
    assert not missed, f"{bug.__name__} ({bug.__doc__}) passed {sorted(missed)}"


def test_the_kit_finds_nothing_wrong_with_the_reference(failures: Failures) -> None:
    assert failures.get("MemoryDriver", {}) == {}
