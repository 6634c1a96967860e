"""Brokers are found among what is installed; one bad package spoils nothing for the others."""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from linda_core import registry
from linda_core.broker import new_broker
from linda_core.brokers.memory import MemoryDriver
from linda_core.errors import InvalidArgument, UnknownScheme
from linda_core.registry import Registration, driver_for, register_broker, registrations
from tests.core.distributions import distribution

GOOD = "from linda_core.brokers.memory import MemoryDriver\nclass {name}(MemoryDriver): pass\n"

Install = Callable[..., None]


@pytest.fixture
def install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Install:
    """`install(name, schemes, **modules)`: a distribution that is there until the test is over."""
    monkeypatch.syspath_prepend(str(tmp_path))

    def install(name: str, schemes: dict[str, str], **modules: str) -> None:
        distribution(tmp_path, name, schemes, modules)
        for module in modules:
            monkeypatch.delitem(sys.modules, module, raising=False)

    return install


def registered(scheme: str) -> list[Registration]:
    return [registration for registration in registrations() if registration.scheme == scheme]


def test_an_installed_package_serves_its_schemes(install: Install) -> None:
    install("linda-found", {"found": "found_a:Found", "found.tls": "found_a:Found"}, found_a=GOOD.format(name="Found"))

    assert driver_for("found").__name__ == "Found"
    assert driver_for("found+tls") is driver_for("found")
    assert registered("found+tls") == [Registration("found+tls", "linda-found", "1.2.3", driver_for("found"), "")]
    with new_broker("FOUND://registry") as broker:
        assert broker.queues() == []


def test_a_package_is_imported_only_when_its_scheme_is_used(install: Install) -> None:
    install("linda-lazy", {"lazy": "lazy_a:Lazy"}, lazy_a=GOOD.format(name="Lazy"))

    driver_for("memory")
    with pytest.raises(UnknownScheme):
        driver_for("laxy")
    assert "lazy_a" not in sys.modules

    driver_for("lazy")
    assert "lazy_a" in sys.modules


@pytest.mark.parametrize(
    ("source", "reason"),
    [
        ("import no_such_module", "ModuleNotFoundError: No module named 'no_such_module'"),
        ("raise RuntimeError('no licence')", "RuntimeError: no licence"),
        ("raise SystemExit(3)", "SystemExit: 3"),
        ("this is no Python", "SyntaxError"),
        ("", "AttributeError"),
        ("Bad = 5", "bad_a:Bad is not a linda_core.driver.Driver"),
        ("class Bad: pass", "bad_a:Bad is not a linda_core.driver.Driver"),
    ],
)
def test_a_bad_package_breaks_only_its_own_scheme(install: Install, source: str, reason: str) -> None:
    install("linda-bad", {"bad": "bad_a:Bad"}, bad_a=source)

    with pytest.raises(UnknownScheme, match="scheme 'bad'") as caught:
        driver_for("bad")

    assert reason in str(caught.value)
    (bad,) = registered("bad")
    assert (bad.distribution, bad.version, bad.driver) == ("linda-bad", "1.2.3", None)
    assert reason in bad.error
    assert registered("memory")[0].driver is driver_for("memory") is MemoryDriver


def test_two_packages_for_one_scheme_are_both_named(install: Install) -> None:
    install("linda-one", {"twice": "one_a:One"}, one_a=GOOD.format(name="One"))
    install("linda-two", {"twice": "two_a:Two"}, two_a=GOOD.format(name="Two"))

    with pytest.raises(UnknownScheme, match="uninstall one of them") as caught:
        driver_for("twice")

    assert "linda-one (one_a:One)" in str(caught.value)
    assert "linda-two (two_a:Two)" in str(caught.value)
    assert {known.distribution for known in registered("twice") if known.error} == {"linda-one", "linda-two"}


def test_one_package_seen_twice_is_one(install: Install, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    install("linda-same", {"same": "same_a:Same"}, same_a=GOOD.format(name="Same"))
    monkeypatch.syspath_prepend(str(tmp_path / "." / "copy"))
    distribution(tmp_path / "copy", "linda-same-again", {"same": "same_a:Same"}, {})

    assert driver_for("same").__name__ == "Same"


def test_a_program_s_own_broker_wins(install: Install) -> None:
    install("linda-own", {"own": "own_a:Own"}, own_a="raise RuntimeError")

    register_broker("OWN", MemoryDriver)

    assert driver_for("own") is MemoryDriver
    assert registered("own") == [Registration("own", "(this program)", "", MemoryDriver, "")]


@pytest.mark.parametrize("driver", [object, MemoryDriver.connect, None])
def test_only_drivers_can_be_registered(driver: type[MemoryDriver]) -> None:
    with pytest.raises(InvalidArgument, match=r"not a subclass of linda_core.driver.Driver"):
        register_broker("own", driver)


@pytest.fixture
def core_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """As if no adapter were installed, whichever are."""
    installed = registry._entry_points
    monkeypatch.setattr(
        registry, "_entry_points", lambda: [point for point in installed() if registry._owner(point)[0] == "linda-core"]
    )


@pytest.mark.usefixtures("core_alone")
@pytest.mark.parametrize(
    ("scheme", "advice"),
    [
        ("memry", "did you mean memory://?"),
        ("sqlite3", "did you mean sqlite://?"),
        ("kafka", "pip install linda-kafka"),
        ("amqps", "pip install linda-amqp"),
        ("kafka+share", "pip install linda-kafka"),
        ("kavka", "did you mean kafka://? pip install linda-kafka"),
        ("zzz", "installed: memory://, sqlite://"),
    ],
)
def test_an_unknown_scheme_comes_with_advice(scheme: str, advice: str) -> None:
    with pytest.raises(UnknownScheme) as caught:
        driver_for(scheme)

    assert str(caught.value) == f"no installed package serves {scheme}://; {advice}"


def test_what_is_installed_is_not_advised_again(install: Install) -> None:
    install("linda-nsq", {"nsq": "nsq_a:Nsq"}, nsq_a=GOOD.format(name="Nsq"))

    with pytest.raises(UnknownScheme, match="did you mean nsq://"):
        driver_for("nsq+tsl")


def test_linda_alone_imports_no_adapter() -> None:
    question = "import sys, linda_core; print([name for name in sys.modules if name.startswith('linda_redis')])"

    answer = subprocess.run([sys.executable, "-c", question], capture_output=True, text=True, check=True)

    assert answer.stdout.strip() == "[]"
