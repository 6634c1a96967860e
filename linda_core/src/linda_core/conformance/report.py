"""What was proved of which broker: promise by promise, as a table for people and as JSON."""

import json
import platform
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path
from typing import Any, cast

import pytest

#: The name under which a test's broker is noted for the report.
PROPERTY = "linda_broker"
PASSED, FAILED = "passed", "FAILED"


class Report:
    """A plugin that listens to the kit's tests and to no others."""

    def __init__(self, file: Path | None) -> None:
        self._file = file
        self._brokers: dict[str, dict[str, Any]] = {}

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Note the outcome of one test."""
        facts = cast("dict[str, Any] | None", dict(report.user_properties).get(PROPERTY))
        if facts is None or (report.when != "call" and report.passed):
            return
        known = {name: value for name, value in facts.items() if name not in {"scheme", "promise"}}
        broker = self._brokers.setdefault(facts["scheme"], {**known, "promises": {}})
        test = report.nodeid.rpartition("::")[2].removeprefix("test_").replace("_", " ")
        outcomes: dict[str, str] = broker["promises"].setdefault(facts["promise"], {})
        outcomes[test] = max(outcomes.get(test, ""), _outcome(report), key=_weight)

    def pytest_sessionfinish(self) -> None:
        """Write the file, where one was asked for; what it says of brokers that were not tested now stays."""
        if self._file:
            earlier = json.loads(self._file.read_text())["brokers"] if self._file.exists() else {}
            self._file.write_text(json.dumps(self._as_data(earlier), indent=1, sort_keys=True) + "\n")

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """Show the table."""
        for scheme, broker in self._brokers.items():
            terminalreporter.section(f"Linda's promises on {scheme}:// ({broker['server']})")
            for line in _table(broker):
                terminalreporter.write_line(line)

    def _as_data(self, earlier: dict[str, Any]) -> dict[str, Any]:
        run_with = {"linda-core": version("linda-core"), "python": platform.python_version()}
        return {"brokers": {**earlier, **{scheme: {**run_with, **broker} for scheme, broker in self._brokers.items()}}}


def _outcome(report: pytest.TestReport) -> str:
    """What to say of a test: a reason, where it was left out."""
    if report.skipped:
        return report.longrepr[2].removeprefix("Skipped: ") if isinstance(report.longrepr, tuple) else "left out"
    return PASSED if report.passed else FAILED


def _weight(outcome: str) -> int:
    """A failure weighs more than a proof elsewhere, and a proof more than a reason to leave a test out."""
    return {FAILED: 3, PASSED: 2, "": 0}.get(outcome, 1)


def _table(broker: dict[str, Any]) -> Iterator[str]:
    width = max(map(len, broker["promises"]), default=0)
    for promise, outcomes in broker["promises"].items():
        broken = [test for test, outcome in outcomes.items() if outcome == FAILED]
        proofs = list(outcomes.values()).count(PASSED)
        reasons = {why for why in outcomes.values() if _weight(why) == 1 and not why.startswith("declared:")}
        verdict = f"BROKEN: {'; '.join(broken)}" if broken else f"{proofs} proofs"
        yield "; ".join([f"{promise:{width}}  {verdict}", *sorted(reasons)])
