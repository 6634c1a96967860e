"""A job that this process holds: the receipt, and when something has to be done to keep it."""

from dataclasses import dataclass
from math import inf
from typing import TYPE_CHECKING

from linda_beanstalk.facts import Facts

if TYPE_CHECKING:
    from linda_beanstalk.connection import Connection

#: The server lets a reservation live this many seconds longer than its lease, so that what its holder still sent
#: in time arrives in time.
GRACE = 0.1

#: Seconds that every server gives at least.
SHORTEST_TTR = 1

#: A reservation is touched this many times before the server would end it.
TOUCHES = 3


@dataclass(slots=True, eq=False)
class Reservation:
    """One job, handed out once. The object itself is the right to settle; another hand-out is another object."""

    connection: "Connection"
    tube: str
    id: int
    attempts: int
    touched: float  #: when its TTR began, or shortly before
    until: float  #: when the lease is over
    lease: int  #: its length, rounded up
    priority: int = 0
    ttr: int = SHORTEST_TTR  #: seconds after which the server ends it, unless it is touched
    known: bool = False  #: whether these two were learned from the server: most jobs are done before they matter

    def learn(self, facts: Facts) -> None:
        """The server told."""
        self.priority, self.ttr, self.known = facts.priority, facts.ttr, True

    def runs(self, now: float) -> bool:
        """Whether it is ours still, by the server's count as well as by the lease."""
        return now < self.until and now < self.touched + self.ttr

    def next_touch(self) -> float:
        """When to touch it; never again once the server, left alone, ends it together with the lease.

        So whoever is frozen or cut off loses the job by the end of the lease, if the lease is at least one TTR.
        """
        last = self.until + GRACE - self.ttr
        return min(self.touched + self.ttr / TOUCHES, last) if self.touched < last else inf

    def next_act(self) -> float:
        """When to touch it or give it back."""
        return min(self.next_touch(), self.until)
