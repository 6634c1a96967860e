"""The kit, run on the broker that `--linda-url` names."""

import pytest

from linda_core.conformance.harness import Harness, harness_for
from linda_core.conformance.suite import BrokerConformance


class TestConformance(BrokerConformance):
    """Linda's promises, kept by the broker at `--linda-url`."""

    @pytest.fixture
    def harness(self, pytestconfig: pytest.Config) -> Harness:
        """For the URL of the command line."""
        url = pytestconfig.getoption("--linda-url")
        if not url:
            pytest.skip("no broker named: --linda-url=redis://localhost")
        return harness_for(url)
