"""The conformance kit: every promise of the contract as tests that any broker can be put to.

Three doors. `pytest --linda-url=redis://localhost` and `linda conform redis://localhost` test a server that
runs; a broker's own tests have

    from linda_core.conformance import BrokerConformance, ServerHarness

    class TestMine(BrokerConformance):
        @pytest.fixture
        def harness(self) -> ServerHarness:
            return ServerHarness("mine://localhost")

Needs the extra `linda-core[conformance]`. Nothing is imported until one of these names is used: `linda conform` says
what is missing before it imports what needs it.
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from linda_core.conformance.harness import Harness, ManualHarness, ServerHarness, harness_for
    from linda_core.conformance.suite import BrokerConformance

__all__ = ["BrokerConformance", "Harness", "ManualHarness", "ServerHarness", "harness_for"]


def __getattr__(name: str) -> object:
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from linda_core.conformance import harness, suite

    return getattr(suite if name == "BrokerConformance" else harness, name)
