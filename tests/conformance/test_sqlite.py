"""sqlite:// keeps every promise: with its time moved by hand, and with several processes in real time."""

from pathlib import Path

import pytest

from linda_core.conformance import BrokerConformance, ManualHarness, ServerHarness
from linda_core.conformance.promises.crashes import Crashes
from linda_core.conformance.promises.crowds import Crowds
from linda_core.conformance.promises.threads_and_forks import Forks
from linda_core.conformance.suite import Stage


class TestSqlite(BrokerConformance):
    """One process."""

    @pytest.fixture
    def harness(self, tmp_path: Path) -> ManualHarness:
        return ManualHarness(f"sqlite:///{tmp_path}/linda.db")


class TestSqliteProcesses(Stage):
    """Several, some of which are killed."""

    TestCrashes = Crashes
    TestCrowds = Crowds
    TestForks = Forks

    @pytest.fixture
    def harness(self, tmp_path: Path) -> ServerHarness:
        return ServerHarness(f"sqlite:///{tmp_path}/linda.db")
