"""linda brokers"""

import math
from collections.abc import Sequence
from dataclasses import asdict
from enum import Enum
from itertools import groupby
from typing import Any

import click

from linda_core.cli import options
from linda_core.cli.table import print_json
from linda_core.driver import ABILITIES, Driver
from linda_core.registry import Registration, registrations


@click.command()
@options.json
def command(json: bool) -> None:
    """Show the installed brokers, and what each can and cannot do.

    No server is asked: one that is configured otherwise than usual may allow more or less. Limits are seconds, bytes
    and jobs; in JSON, null is unlimited.
    """
    known = registrations()
    if json:
        print_json([_described(registration) for registration in known])
        return
    alike = groupby(sorted(known, key=_adapter), key=_adapter)
    for number, (_, group) in enumerate(alike):
        if number:
            click.echo()
        _print_adapter(list(group))


def _adapter(registration: Registration) -> tuple[str, str, str]:
    return (registration.distribution, repr(registration.driver), registration.error)


def _print_adapter(served: Sequence[Registration]) -> None:
    first = served[0]
    schemes = "  ".join(f"{registration.scheme}://" for registration in served)
    click.echo(f"{click.style(schemes, bold=True)}  {first.distribution} {first.version}".rstrip())
    if first.driver is None:
        click.echo(f"  {click.style('error', fg='red'):13} {first.error}")
        return
    facts = _facts(first.driver)
    can, cannot = facts.pop("abilities"), facts.pop("inabilities")
    _print_line("can", ", ".join(can))
    _print_line("cannot", ", ".join(cannot) or "-")
    without_linda = facts["capabilities"].pop("foreign_push", "")
    for name in ("capabilities", "limits"):
        _print_line(name, ", ".join(f"{key} {_shown(value)}" for key, value in facts[name].items()))
    if without_linda:
        _print_line("without Linda", without_linda)


def _print_line(label: str, text: str) -> None:
    click.echo(f"  {label:13} {text}")


def _described(registration: Registration) -> dict[str, Any]:
    described = {
        "scheme": registration.scheme,
        "distribution": registration.distribution,
        "version": registration.version,
        "error": registration.error or None,
    }
    return described if registration.driver is None else described | _facts(registration.driver)


def _facts(driver: type[Driver[Any]]) -> dict[str, Any]:
    return {
        "abilities": [ability.__name__ for ability in ABILITIES if issubclass(driver, ability)],
        "inabilities": [ability.__name__ for ability in ABILITIES if not issubclass(driver, ability)],
        "capabilities": _declared(driver, "capabilities"),
        "limits": _declared(driver, "limits"),
    }


def _declared(driver: type[Driver[Any]], what: str) -> dict[str, Any]:
    """Empty where somebody else's driver does not say it for its class."""
    declared = getattr(driver, what, None)
    return {key: _plain(value) for key, value in asdict(declared).items()} if declared else {}


def _plain(value: Any) -> Any:
    if isinstance(value, frozenset):
        return sorted(value)
    if isinstance(value, Enum):
        return value.value
    return None if value == math.inf else value


def _shown(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list):
        return "/".join(value)
    return "unlimited" if value is None else f"{value:,}" if isinstance(value, int | float) else str(value)
