"""On a broker that can do no more than it must, each command works or says why not."""

from pathlib import Path

import pytest

from tests.cli.executable import Linda, Outcome
from tests.core.distributions import distribution
from tests.repo.tree import ROOT


@pytest.fixture
def bare(linda: Linda, tmp_path: Path) -> Linda:
    """`linda` in an environment where `bare://` is installed."""
    distribution(tmp_path / "site", "linda-bare", {"bare": "tests.core.drivers:Bare"}, {})
    path = {"PYTHONPATH": f"{tmp_path / 'site'}:{ROOT}", "LINDA_URL": "bare://"}
    return Linda(linda.executable, linda.folder, {**linda.environment, **path})


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["bury", "a"], "bare:// cannot set jobs aside"),
        (["purge", "a", "--yes"], "bare:// cannot drop all jobs of a queue at once; use `linda drain`"),
        (["counts", "a"], "bare:// has no ability 'Tallies', which counts of 'a' needs"),
        (["kick", "a"], "has no ability 'Buries'"),
        (["queues"], "has no ability 'Lists'"),
        (["peek", "a"], "has no ability 'Peeks'"),
    ],
)
def test_what_it_cannot_do_is_refused_by_name(bare: Linda, arguments: list[str], said: str) -> None:
    outcome = bare(*arguments)

    assert (outcome.code, outcome.out) == (2, "")
    assert said in outcome.err


def test_it_can_be_filled_drained_and_measured(bare: Linda) -> None:
    assert bare("push", "Count").code == 0
    assert bare("drain", "a") == Outcome(0, "", "")
    assert bare("bench", "bare://", "--jobs", "100", "--seconds", "1").code == 0
