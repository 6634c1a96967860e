"""The seam as an adapter's author meets it."""

import inspect

import pytest

from linda_core import driver
from linda_core.brokers.memory import MemoryDriver


def test_everything_an_adapter_may_use_is_importable_from_one_place() -> None:
    assert all(hasattr(driver, name) for name in driver.__all__)


def test_a_driver_that_misses_a_verb_cannot_be_made() -> None:
    class Unfinished(driver.Driver[int]):
        pass

    with pytest.raises(TypeError, match=r"close.*delete.*push.*release.*reserve.*wake"):
        Unfinished()  # type: ignore[abstract]


@pytest.mark.parametrize("ability", driver.ABILITIES)
def test_the_reference_driver_has_every_ability(ability: type[object]) -> None:
    assert issubclass(MemoryDriver, ability)


@pytest.mark.parametrize("kind", [driver.Driver, *driver.ABILITIES])
def test_every_verb_states_its_contract(kind: type[object]) -> None:
    verbs = [verb for name, verb in inspect.getmembers(kind, callable) if not name.startswith("_")]

    assert verbs
    assert all(inspect.getdoc(verb) for verb in verbs)
