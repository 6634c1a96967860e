"""From a URL scheme to the Driver class that serves it: entry points, loaded on first use.

A distribution announces a scheme in the entry-point group `linda.brokers`; a `+` in the scheme is written `.`
there (`redis+unix` is `redis.unix`), because entry-point names should not hold a plus. A package that cannot be
imported breaks only its own schemes.
"""

import difflib
from dataclasses import dataclass
from importlib.metadata import EntryPoint, entry_points
from typing import Any

from linda_core.driver import Driver
from linda_core.errors import InvalidArgument, UnknownScheme

GROUP = "linda.brokers"

#: Distributions to suggest for a scheme nobody serves yet.
HOMES = {
    "redis": "linda-redis",
    "rediss": "linda-redis",
    "valkey": "linda-redis",
    "beanstalk": "linda-beanstalk",
    "beanstalkd": "linda-beanstalk",
    "nsq": "linda-nsq",
    "kafka": "linda-kafka",
    "kafkas": "linda-kafka",
    "amqp": "linda-amqp",
    "amqps": "linda-amqp",
    "rabbitmq": "linda-amqp",
}

_registered: dict[str, type[Driver[Any]]] = {}


@dataclass(frozen=True, slots=True)
class Registration:
    """Who serves a scheme, and why not, if its package cannot be imported."""

    scheme: str
    distribution: str
    version: str
    driver: type[Driver[Any]] | None
    error: str


def register_broker(scheme: str, driver: type[Driver[Any]]) -> None:
    """Serve `scheme` with `driver` in this program; wins over installed packages."""
    if not (isinstance(driver, type) and issubclass(driver, Driver)):
        raise InvalidArgument(f"{driver!r} is not a subclass of linda_core.driver.Driver")
    _registered[scheme.lower()] = driver


def driver_for(scheme: str) -> type[Driver[Any]]:
    """The Driver class for `scheme`. Raises UnknownScheme, saying what to install or what was meant."""
    if scheme in _registered:
        return _registered[scheme]
    found = {point.value: point for point in _entry_points() if _scheme(point) == scheme}
    if not found:
        raise UnknownScheme(_advice(scheme))
    if len(found) > 1:
        owners = " and ".join(f"{_owner(point)[0]} ({point.value})" for point in found.values())
        raise UnknownScheme(f"scheme {scheme!r} is served by {owners}; uninstall one of them")
    return _load(*found.values())


def registrations() -> list[Registration]:
    """Every scheme known here, sorted, each with its driver or its import error."""
    known = [Registration(scheme, "(this program)", "", driver, "") for scheme, driver in _registered.items()]
    for point in _entry_points():
        scheme = _scheme(point)
        if scheme in _registered:
            continue
        try:
            known.append(Registration(scheme, *_owner(point), driver_for(scheme), ""))
        except UnknownScheme as error:
            known.append(Registration(scheme, *_owner(point), None, str(error)))
    return sorted(known, key=lambda registration: registration.scheme)


def _entry_points() -> list[EntryPoint]:
    return list(entry_points(group=GROUP))


def _scheme(point: EntryPoint) -> str:
    return point.name.replace(".", "+").lower()


def _owner(point: EntryPoint) -> tuple[str, str]:
    return (point.dist.name, point.dist.version) if point.dist else ("?", "?")


def _load(point: EntryPoint) -> type[Driver[Any]]:
    try:
        driver = point.load()
    except (Exception, SystemExit) as error:  # whatever a foreign package raises at import
        name, version = _owner(point)
        raise UnknownScheme(
            f"scheme {_scheme(point)!r}: {name} {version} cannot be imported: {type(error).__name__}: {error}"
        ) from error
    if not (isinstance(driver, type) and issubclass(driver, Driver)):
        raise UnknownScheme(f"scheme {_scheme(point)!r}: {point.value} is not a linda_core.driver.Driver")
    return driver


def _advice(scheme: str) -> str:
    known = sorted({_scheme(point) for point in _entry_points()} | set(_registered))
    family = scheme.partition("+")[0]
    if family in HOMES and family not in known:
        return f"no installed package serves {scheme}://; pip install {HOMES[family]}"
    close = difflib.get_close_matches(scheme, [*known, *HOMES], n=1)
    if close and close[0] in known:
        return f"no installed package serves {scheme}://; did you mean {close[0]}://?"
    if close:
        return f"no installed package serves {scheme}://; did you mean {close[0]}://? pip install {HOMES[close[0]]}"
    return f"no installed package serves {scheme}://; installed: {', '.join(f'{name}://' for name in known)}"
