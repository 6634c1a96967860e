"""The kit's three doors: the option, the class and the function. And that it is not there when nobody knocks."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from linda_core import BrokerUnavailable, UnknownScheme
from linda_core.conformance.run import conform


def run_pytest(*arguments: str, folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", *arguments],
        check=False,
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=120,
    )


def test_without_its_options_the_plugin_does_nothing(tmp_path: Path) -> None:
    (tmp_path / "test_theirs.py").write_text(
        "import sys\n"
        "def test_what_is_loaded():\n"
        "    assert [name for name in sys.modules if name.startswith('linda')] == ['linda_pytest']\n"
    )
    run = run_pytest("-q", "-W", "error", "--strict-markers", folder=tmp_path)

    assert run.returncode == 0, run.stdout
    assert "Linda" not in run.stdout


def test_the_option_runs_the_kit_s_own_tests_and_shows_what_was_proved(tmp_path: Path) -> None:
    (tmp_path / "test_theirs.py").write_text("def test_not_asked_for():\n    assert False\n")
    run = run_pytest("-q", "--linda-url=memory://", "--linda-quick", "--linda-report=report.json", folder=tmp_path)

    assert run.returncode == 0, run.stdout
    assert "Linda's promises on memory://" in run.stdout
    report = json.loads((tmp_path / "report.json").read_text())
    assert report["brokers"]["memory"]["promises"]["Leases"]["touch is refused by name"] == "declared: Touches"
    assert "Crowds" not in report["brokers"]["memory"]["promises"], "--linda-quick leaves crowds out"


def test_the_function_returns_0_where_every_promise_is_kept(tmp_path: Path) -> None:
    report = tmp_path / "report.json"
    report.write_text(json.dumps({"brokers": {"shelf": {}}}))
    code = (
        "import sys; from pathlib import Path; from linda_core.conformance.run import conform; "
        f"sys.exit(conform('memory://', quick=True, report=Path({str(report)!r})))"
    )
    (tmp_path / "pytest.ini").write_text("[pytest]\naddopts = --no-such-option\n")
    run = subprocess.run([sys.executable, "-c", code], check=False, cwd=tmp_path, capture_output=True, timeout=120)

    assert run.returncode == 0, run.stdout
    assert set(json.loads(report.read_text())["brokers"]) == {"memory", "shelf"}, "what was proved before stays"


def test_the_function_returns_1_where_a_promise_is_broken() -> None:
    code = (
        "import sys; from linda_core import register_broker; from linda_core.conformance.run import conform; "
        "from tests.kit.broken.leases import ExpiresEarly; register_broker('broken', ExpiresEarly); "
        "from linda_core.conformance import harness; "
        "harness.harness_for = harness.ManualHarness; "
        "sys.exit(conform('broken://', quick=True))"
    )
    root = Path(__file__).parents[2]
    run = subprocess.run(
        [sys.executable, "-c", code], check=False, cwd=root, capture_output=True, text=True, timeout=120
    )

    assert run.returncode == 1, run.stdout
    assert "BROKEN: " in run.stdout
    assert "early" in run.stdout


def test_a_broker_that_cannot_be_had_is_reported_like_anywhere_else() -> None:
    with pytest.raises(UnknownScheme, match="redsi"):
        conform("redsi://localhost")
    with pytest.raises(BrokerUnavailable):
        conform("redis://127.0.0.1:1")
