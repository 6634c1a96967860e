"""docs/proofs.json, from which docs/brokers.md is made, is about this kit and these drivers.

`pytest tests/conformance --linda-report=docs/proofs.json && make docs` makes both anew.
"""

import json
from pathlib import Path
from typing import Any

import pytest

from linda_core.conformance import BrokerConformance
from linda_core.conformance.facts import declared_by
from linda_core.conformance.report import FAILED
from linda_core.registry import driver_for

PROOFS: dict[str, Any] = json.loads((Path(__file__).parents[2] / "docs" / "proofs.json").read_text("utf-8"))["brokers"]


@pytest.mark.parametrize("scheme", ["memory", "redis", "sqlite"])
def test_every_test_of_the_kit_has_an_outcome(scheme: str) -> None:
    areas = [area for name, area in vars(BrokerConformance).items() if name.startswith("Test")]
    wanted = {
        (area.__name__, name.removeprefix("test_").replace("_", " "))
        for area in areas
        for name in vars(area)
        if name.startswith("test_")
    }
    proved = {
        (area, test.partition("[")[0]) for area, outcomes in PROOFS[scheme]["promises"].items() for test in outcomes
    }

    assert proved == wanted, "the kit has changed since it was last run for docs/proofs.json"


@pytest.mark.parametrize("scheme", ["memory", "redis", "sqlite"])
def test_no_promise_is_broken(scheme: str) -> None:
    assert not [
        (area, test)
        for area, outcomes in PROOFS[scheme]["promises"].items()
        for test, outcome in outcomes.items()
        if outcome == FAILED
    ]


@pytest.mark.parametrize("scheme", ["memory", "sqlite"])
def test_what_was_tested_is_what_is_declared(scheme: str) -> None:
    declared = declared_by(driver_for(scheme))

    assert {name: PROOFS[scheme][name] for name in ("abilities", "capabilities")} == {
        name: declared[name] for name in ("abilities", "capabilities")
    }
