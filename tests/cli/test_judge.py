"""linda conform and linda bench"""

import subprocess
import sys

import pytest

from linda_core.broker import Broker
from tests.cli.executable import Linda

WITHOUT_PYTEST = """
import sys
sys.modules["pytest"] = None
from linda_core.cli import main
sys.argv[1:] = ["conform", "memory://"]
main()
"""


@pytest.mark.slow
def test_a_broker_is_put_to_the_promises(linda: Linda) -> None:
    outcome = linda("conform", "memory://", "--quick")

    assert outcome.code == 0, outcome.out
    assert "passed" in outcome.out


@pytest.mark.slow
def test_what_was_proved_is_json_and_the_rest_goes_elsewhere(linda: Linda) -> None:
    outcome = linda("conform", "memory://", "--quick", "--json")

    assert outcome.code == 0, outcome.err
    assert "memory" in outcome.json["brokers"]
    assert "passed" in outcome.err


def test_without_pytest_it_says_what_to_install() -> None:
    run = subprocess.run([sys.executable, "-c", WITHOUT_PYTEST], capture_output=True, text=True, check=False)

    assert run.returncode == 2
    assert run.stderr == "linda: the kit needs pytest: pip install 'linda-core[conformance]'\n"


def test_a_broker_is_measured_and_left_as_it_was(linda: Linda, broker: Broker) -> None:
    outcome = linda("bench", "sqlite:///linda.db", "--jobs", "100", "--seconds", "2", "--json")

    assert (outcome.code, outcome.err) == (0, "")
    assert outcome.json["url"] == "sqlite:///linda.db"
    assert {figure["name"] for figure in outcome.json["figures"]} >= {"push", "pop, delete", "push_many"}
    assert all(figure["value"] > 0 for figure in outcome.json["figures"])
    assert broker.queues() == []


def test_the_measurements_are_a_table_for_people(linda: Linda) -> None:
    lines = linda("bench", "memory://", "--jobs", "100", "--seconds", "1").lines

    assert lines[0].startswith("memory://")
    assert lines[2].split() == ["measured", "value", "unit"]
    assert any(line.startswith("idle consumer starts after, median") and line.endswith("ms") for line in lines)
