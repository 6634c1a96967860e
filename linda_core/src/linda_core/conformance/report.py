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
        scheme, promise = facts["scheme"], facts["promise"]
        known = {name: value for name, value in facts.items() if name not in {"scheme", "promise"}}
        broker = self._brokers.setdefault(scheme, {**known, "promises": {}})
        tally = broker["promises"].setdefault(promise, {"passed": 0, "failed": [], "left_out": {}})
        test = report.nodeid.rpartition("::")[2].removeprefix("test_").replace("_", " ")
        if report.passed:
            tally["passed"] += 1
        elif report.skipped:
            tally["left_out"][test] = _reason(report)
        elif test not in tally["failed"]:
            tally["failed"].append(test)

    def pytest_sessionfinish(self) -> None:
        """Write the file, where one was asked for."""
        if self._file:
            self._file.write_text(json.dumps(self.as_data(), indent=1, sort_keys=True) + "\n")

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """Show the table."""
        for scheme, broker in self._brokers.items():
            terminalreporter.section(f"Linda's promises on {scheme}:// ({broker['server']})")
            for line in _table(broker):
                terminalreporter.write_line(line)

    def as_data(self) -> dict[str, Any]:
        """The whole report."""
        return {"linda-core": version("linda-core"), "python": platform.python_version(), "brokers": self._brokers}


def _table(broker: dict[str, Any]) -> Iterator[str]:
    width = max(map(len, broker["promises"]), default=0)
    for promise, tally in broker["promises"].items():
        verdict = f"BROKEN: {'; '.join(tally['failed'])}" if tally["failed"] else f"{tally['passed']} proofs"
        reasons = sorted({why for why in tally["left_out"].values() if not why.startswith("declared:")})
        yield f"{promise:{width}}  {verdict}{': not all, ' + '; '.join(reasons) if reasons else ''}"


def _reason(report: pytest.TestReport) -> str:
    """Why a test was left out: the third of what pytest keeps of a skip."""
    text = report.longrepr[2] if isinstance(report.longrepr, tuple) else str(report.longrepr)
    return text.removeprefix("Skipped: ")
