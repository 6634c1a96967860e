"""Drivers with one planted bug each, and the tests of the kit that must find it."""

from tests.kit.broken import delays, fencing, keeping, leases, operating, waiting
from tests.kit.broken.driver import Broken

BUGS: list[type[Broken]] = [
    kind
    for module in (leases, fencing, delays, keeping, waiting, operating)
    for kind in vars(module).values()
    if isinstance(kind, type) and issubclass(kind, Broken) and "caught_by" in vars(kind)
]
