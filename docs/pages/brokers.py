"""docs/brokers.md, from what the drivers declare and what the conformance kit has proved of them."""

import inspect
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from linda_core.conformance.facts import declared_by
from linda_core.conformance.report import FAILED, PASSED
from linda_core.driver import ABILITIES
from linda_core.registry import driver_for

#: Written by `make proofs`.
PROOFS = Path(__file__).parents[1] / "proofs.json"

HEAD = """# What each broker can do

Made by `make docs`: the abilities and facts from what each driver declares, the limits as the servers told them, and
the proofs from the last run of the conformance kit, which tests both sides of every declaration. For a server of your
own, run `linda conform URL`.
"""

MEANINGS = {
    "durability": "what accepted jobs survive",
    "lease": "where the length of a lease comes from",
    "order": "order of jobs pushed one after another",
    "on_release": "where a released job goes",
    "receipts": "where a reserved job can be settled",
    "priority": "priority",
    "shared": "other processes can reach its jobs",
    "idempotent_push": "a repeated push is recognised",
    "counts": "states that can be counted",
    "returns_at_once": "a dead consumer's jobs return before their lease is over",
    "body": "longest envelope, bytes",
    "delay": "longest delay, seconds",
    "delay_step": "delays are rounded up to, seconds",
    "lease_limit": "longest lease, seconds",
    "lease_step": "leases are rounded up to, seconds",
    "hold": "longest reservation with touches, seconds",
    "batch": "most jobs in one call to the server",
}


def text() -> str:
    """The page."""
    proofs: Mapping[str, Any] = json.loads(PROOFS.read_text("utf-8"))["brokers"]
    brokers = {scheme: {**proof, "declared": declared_by(driver_for(scheme))} for scheme, proof in proofs.items()}
    parts = [
        _table("", brokers, {"server when tested": lambda broker: broker["server"]}),
        "## Abilities",
        _table("", brokers, {_ability(ability): _can(ability.__name__) for ability in ABILITIES}),
        "## Facts",
        _table("", brokers, {MEANINGS[fact]: _fact(fact) for fact in _names(brokers, "capabilities")}),
        "## Limits",
        _table("", brokers, {MEANINGS[_long(limit)]: _limit(limit) for limit in _names(brokers, "limits")}),
        "## Promises proved",
        "✓ every test of the promise that applies has passed. — none applies, for the reason below the table.",
        _table("promise", brokers, {promise: _proof(promise) for promise in _names(brokers, "promises")}),
        _reasons(brokers),
        "## Pushing without Linda",
        *_foreign_pushes(brokers),
    ]
    return HEAD + "\n" + "\n\n".join(parts) + "\n"


def _foreign_pushes(brokers: Mapping[str, Any]) -> Iterator[str]:
    for scheme, broker in brokers.items():
        if how := broker["declared"]["capabilities"]["foreign_push"]:
            yield f"{scheme}: `{how}`"


def _names(brokers: Mapping[str, Any], what: str) -> Sequence[str]:
    names = dict.fromkeys(name for broker in brokers.values() for name in broker[what])
    return [name for name in names if name != "foreign_push"]


def _long(limit: str) -> str:
    return "lease_limit" if limit == "lease" else limit


def _table(corner: str, brokers: Mapping[str, Any], rows: Mapping[str, Callable[[Any], str]]) -> str:
    lines = [[corner, *(f"{scheme}://" for scheme in brokers)], ["---"] * (len(brokers) + 1)]
    lines += [[name, *(cell(broker) for broker in brokers.values())] for name, cell in rows.items()]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _ability(ability: type[Any]) -> str:
    return f"{ability.__name__}: {inspect.cleandoc(ability.__doc__ or '').splitlines()[0].rstrip('.')}"


def _can(ability: str) -> Callable[[Any], str]:
    return lambda broker: "yes" if ability in broker["declared"]["abilities"] else "no"


def _fact(name: str) -> Callable[[Any], str]:
    def cell(broker: Any) -> str:
        declared, tested = (_shown(facts["capabilities"][name]) for facts in (broker["declared"], broker))
        return declared if declared == tested else f"{declared}; {tested} as the tested server was configured"

    return cell


def _limit(name: str) -> Callable[[Any], str]:
    return lambda broker: _shown(broker["limits"][name])


def _proof(promise: str) -> Callable[[Any], str]:
    def cell(broker: Any) -> str:
        outcomes = broker["promises"].get(promise, {}).values()
        return "**broken**" if FAILED in outcomes else "✓" if PASSED in outcomes else "—"

    return cell


def _reasons(brokers: Mapping[str, Any]) -> str:
    """Why nothing of a promise was tested."""
    lines = [
        f"- {scheme}, {promise}: {'; '.join(sorted(set(outcomes.values())))}"
        for scheme, broker in brokers.items()
        for promise, outcomes in broker["promises"].items()
        if PASSED not in outcomes.values() and FAILED not in outcomes.values()
    ]
    return "\n".join(lines)


def _shown(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list):
        return ", ".join(map(str, value)) or "none"  # pyright: ignore[reportUnknownArgumentType]
    return "no limit" if value is None else f"{value:,}" if isinstance(value, int | float) else str(value)
