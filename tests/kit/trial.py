"""Puts broken drivers to the tests that must find their bugs: `python -m tests.kit.trial KIND REST_OF_URL [all]`.

Writes {driver: {test: how it failed}} as JSON. With `all`, every driver is put to every test.
"""

import json
import os
import sys
from typing import Any

import pytest
from hypothesis import Phase, settings

from linda_core import register_broker
from linda_core.brokers.memory import MemoryDriver
from linda_core.conformance import BrokerConformance, Harness, ManualHarness, ServerHarness, background
from tests.kit.broken import BUGS, Bug, caught_by


def trial_of(bug: Bug, kind: str, rest: str) -> type[BrokerConformance]:
    """The kit's class for one driver."""
    scheme = bug.__name__.lower()
    register_broker(scheme, bug)

    class Trial(BrokerConformance):
        @pytest.fixture
        def harness(self) -> Harness:
            return (ManualHarness if kind == "memory" else ServerHarness)(f"{scheme}://{rest}")

    return Trial


class Jury:
    """Chooses the tests, and notes the failures."""

    def __init__(self, bugs: list[Bug], *, everything: bool) -> None:
        self.failures: dict[str, dict[str, str]] = {}
        self._wanted = {bug.__name__: caught_by(bug) for bug in bugs}
        self._everything = everything

    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        """Of each broken driver only the tests that must find its bug, of a good one all that anybody needs."""
        needed: set[str] = set().union(*self._wanted.values())
        if not self._everything:
            items[:] = [item for item in items if _test(item.nodeid) in self._wanted.get(_driver(item.nodeid), needed)]

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Why it failed: the words of the assertion."""
        if report.failed:
            message = getattr(getattr(report.longrepr, "reprcrash", None), "message", str(report.longrepr))
            self.failures.setdefault(_driver(report.nodeid), {}).setdefault(_test(report.nodeid), message)


def _driver(nodeid: str) -> str:
    return nodeid.split("::")[1].removeprefix("Test")


def _test(nodeid: str) -> str:
    return "::".join(nodeid.split("::")[2:]).removeprefix("Test")


def main(kind: str, *options: str) -> None:
    """Run them in this process, and write the verdict. What is to fail shall not take long to."""
    background.STUCK = 0.8 if kind == "memory" else 5.0
    ServerHarness.patience = 1.5
    settings.register_profile("trial", phases=[Phase.generate])  # that a bug is found is enough
    settings.load_profile("trial")
    jury = Jury(list(BUGS[kind]), everything="all" in options)
    arguments: list[Any] = [__file__, "-c", os.devnull, "--rootdir=.", "-p", "no:cacheprovider"]
    with open(os.devnull, "w") as nowhere:  # noqa: PTH123
        stdout, sys.stdout = sys.stdout, nowhere
        pytest.main(arguments, plugins=[jury])
        sys.stdout = stdout
    json.dump(jury.failures, sys.stdout)


if __name__ == "__main__":
    main(*sys.argv[1:])
else:  # imported by pytest, to be collected
    KIND, REST = [*sys.argv[1:], ""][:2]
    DRIVERS: list[Bug] = [*BUGS[KIND], *([MemoryDriver] if KIND == "memory" else [])]
    globals().update({f"Test{driver.__name__}": trial_of(driver, KIND, REST) for driver in DRIVERS})
