"""linda brokers"""

from pathlib import Path

from tests.cli.executable import Linda
from tests.core.distributions import distribution


def test_every_broker_is_shown_with_what_it_can_do(linda: Linda) -> None:
    shown = {broker["scheme"]: broker for broker in linda("brokers", "--json").json}

    assert {"memory", "sqlite"} <= set(shown)
    sqlite = shown["sqlite"]
    assert (sqlite["distribution"], sqlite["error"]) == ("linda-core", None)
    assert {"Touches", "Buries"} <= set(sqlite["abilities"])
    assert sqlite["capabilities"]["durability"] == "crash"
    assert sqlite["limits"]["delay_step"] == 0.001
    assert not (linda.folder / "linda.db").exists()


def test_the_page_is_for_people(linda: Linda) -> None:
    shown = linda("brokers").out

    assert "memory://  linda-core" in shown
    assert "Touches, Buries" in shown
    assert "delay unlimited, delay_step 0.001" in shown


def test_a_package_that_cannot_be_imported_says_why_and_spoils_nothing(linda: Linda, tmp_path: Path) -> None:
    site = tmp_path / "site"
    distribution(site, "linda-bad", {"bad": "bad_a:Bad"}, {"bad_a": "raise RuntimeError('no licence')"})
    distribution(site, "linda-mute", {"mute": "mute_a:Mute"}, {"mute_a": MUTE})

    shown = linda("brokers", PYTHONPATH=str(site))
    described = {broker["scheme"]: broker for broker in linda("brokers", "--json", PYTHONPATH=str(site)).json}

    assert shown.code == 0
    assert "bad://  linda-bad 1.2.3" in shown.out
    assert "RuntimeError: no licence" in shown.out
    assert "memory://  linda-core" in shown.out
    assert described["bad"]["error"].endswith("RuntimeError: no licence")
    assert "abilities" not in described["bad"]
    assert described["mute"]["capabilities"] == {}
    assert described["mute"]["inabilities"][0] == "Touches"


#: A driver that does not declare anything for its class.
MUTE = """
from linda_core.driver import Driver
class Mute(Driver): pass
"""
