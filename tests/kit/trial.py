"""Puts every broken driver, and the good one, to the tests that must find its bug: `python -m tests.kit.trial [all]`.

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
from linda_core.conformance import BrokerConformance, ManualHarness, background
from tests.kit.broken import BUGS

WANTED = {bug.__name__: bug.caught_by for bug in BUGS}


def trial_of(driver: type[MemoryDriver]) -> type[BrokerConformance]:
    """The kit's class for one driver."""
    scheme = driver.__name__.lower()
    register_broker(scheme, driver)

    class Trial(BrokerConformance):
        @pytest.fixture
        def harness(self) -> ManualHarness:
            return ManualHarness(f"{scheme}://")

    return Trial


class Jury:
    """Chooses the tests, and notes the failures."""

    def __init__(self, *, everything: bool) -> None:
        self.failures: dict[str, dict[str, str]] = {}
        self._everything = everything

    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        """Of each broken driver only the tests that must find its bug, of the good one all that anybody needs."""
        needed: set[str] = set().union(*WANTED.values())
        if not self._everything:
            items[:] = [item for item in items if _test(item.nodeid) in WANTED.get(_driver(item.nodeid), needed)]

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Why it failed: the last line of the assertion."""
        if report.failed:
            message = getattr(getattr(report.longrepr, "reprcrash", None), "message", str(report.longrepr))
            self.failures.setdefault(_driver(report.nodeid), {}).setdefault(_test(report.nodeid), message)


def _driver(nodeid: str) -> str:
    return nodeid.split("::")[1].removeprefix("Test")


def _test(nodeid: str) -> str:
    return "::".join(nodeid.split("::")[2:]).removeprefix("Test")


def main() -> None:
    """Run them all in this process, and write the verdict."""
    background.STUCK = 0.8
    settings.register_profile("trial", phases=[Phase.generate])  # that a bug is found is enough
    settings.load_profile("trial")
    jury = Jury(everything="all" in sys.argv)
    arguments: list[Any] = [__file__, "-c", os.devnull, "--rootdir=.", "-q", "-p", "no:cacheprovider", "--no-header"]
    with open(os.devnull, "w") as nowhere:  # noqa: PTH123
        stdout, sys.stdout = sys.stdout, nowhere
        pytest.main(arguments, plugins=[jury])
        sys.stdout = stdout
    json.dump(jury.failures, sys.stdout)


if __name__ == "__main__":
    main()
else:
    DRIVERS: list[type[MemoryDriver]] = [MemoryDriver, *BUGS]
    globals().update({f"Test{driver.__name__}": trial_of(driver) for driver in DRIVERS})
