"""sqlite:// keeps every promise."""

from pathlib import Path

import pytest

from linda_core.conformance import BrokerConformance, ManualHarness, ServerHarness


class TestSqlite(BrokerConformance):
    """One file for each test."""

    @pytest.fixture
    def harness(self, tmp_path: Path) -> ManualHarness:
        return ManualHarness(f"sqlite:///{tmp_path}/linda.db")


class TestSqliteInRealTime(BrokerConformance):
    """With the machine's clock there are other processes too."""

    @pytest.fixture
    def harness(self, tmp_path: Path) -> ServerHarness:
        return ServerHarness(f"sqlite:///{tmp_path}/linda.db")
