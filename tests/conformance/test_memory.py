"""memory:// keeps every promise."""

import pytest

from linda_core.conformance import BrokerConformance, ManualHarness


class TestMemory(BrokerConformance):
    """The reference."""

    @pytest.fixture
    def harness(self) -> ManualHarness:
        return ManualHarness("memory://")
