"""docs/proofs.json, from which docs/brokers.md is made, is about this kit and these drivers.

`make proofs` makes both anew, or the part of one broker: `make proofs ARGUMENTS="-k redis"`.
"""

import json
from pathlib import Path
from typing import Any

import pytest

from linda_core.conformance import BrokerConformance
from linda_core.conformance.facts import declared_by
from linda_core.conformance.report import FAILED
from linda_core.registry import driver_for

ROOT = Path(__file__).parents[2]
PROOFS: dict[str, Any] = json.loads((ROOT / "docs" / "proofs.json").read_text("utf-8"))["brokers"]


def test_every_broker_that_is_put_to_the_kit_is_in_the_proofs() -> None:
    assert {file.stem.removeprefix("test_") for file in ROOT.glob("tests/conformance/test_*.py")} == set(PROOFS)


@pytest.mark.parametrize("scheme", PROOFS)
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


@pytest.mark.parametrize("scheme", PROOFS)
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
