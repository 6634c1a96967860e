"""nsqlookupd: which nsqd there are. Any one of those that the URL names is enough; each knows only who registered."""

from collections.abc import Sequence
from typing import Any

from linda_nsq.admin import Web
from linda_nsq.failures import Refused, Unreachable
from linda_nsq.options import Address


def discovered(lookups: Sequence[Web]) -> Sequence[Address]:
    """Every nsqd that any of `lookups` knows, the same order wherever it is asked. May be empty.

    Raises Unreachable when none of them answers.
    """
    found: set[Address] = set()
    failures: list[Exception] = []
    for lookup in lookups:
        try:
            found.update(map(_address, lookup.get("/nodes")["producers"]))
        except (Unreachable, Refused) as failure:
            failures.append(failure)
    if len(failures) == len(lookups):
        raise Unreachable("no nsqlookupd answers: " + "; ".join(map(str, failures)))
    return sorted(found)


def _address(producer: dict[str, Any]) -> Address:
    return Address(producer["broadcast_address"], producer["tcp_port"], producer["http_port"])
