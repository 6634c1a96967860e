"""The memory driver, ready to be broken."""

from collections.abc import Sequence
from typing import ClassVar

from linda_core.brokers.memory import MemoryDriver, Receipt, Record
from linda_core.driver import Delivery

#: Later than any test.
NEVER = 1e12
Deliveries = Sequence[Delivery[Receipt]]


class Broken(MemoryDriver):
    """The memory driver, but for the one bug that a subclass's docstring names."""

    caught_by: ClassVar[set[str]]  #: the tests of the kit that must find it

    def _jobs(self, queue: str) -> dict[str, Record]:
        return self._store.queue(queue).jobs
