"""The state of all queues as it follows from the log, and nothing but the log: the same in every process.

So nothing here may depend on anything else: no clock but the log's, no chance, no order of a set.
"""

from collections.abc import Callable, Mapping
from typing import Any

from linda_kafka.failures import NewerLedger
from linda_kafka.jobs import Jobs, Receipt, Taken
from linda_kafka.record import Command

#: What a command did: the jobs taken, the positions of refused receipts, how many jobs were moved, or nothing.
Outcome = Any


class Ledger:
    """Records go in, in the order of their offsets; out comes what each did."""

    def __init__(self) -> None:
        self.now = 0  #: milliseconds: the latest stamp so far, so that time never goes back
        self.queues: dict[str, Jobs] = {}
        self.moved: dict[int, int] = {}  #: where the record of a job is now, if it was written again

    def of(self, queue: str) -> Jobs:
        """The jobs of `queue`."""
        jobs = self.queues.get(queue)
        if jobs is None:
            jobs = self.queues[queue] = Jobs(queue)
        return jobs

    def names(self) -> list[str]:
        """The queues that hold a job."""
        return [name for name, jobs in self.queues.items() if len(jobs)]

    def place(self, number: int) -> int:
        """The offset of the record that has a job's body."""
        return self.moved.get(number, number)

    def job(self, queue: str, offset: int, stamp: int) -> None:
        """A job was pushed."""
        self.now = max(self.now, stamp)
        self.of(queue).push(self.now, offset, 0)

    def command(self, command: Command, offset: int, stamp: int) -> Outcome:
        """Do what was asked for. Raises NewerLedger where this Linda does not know how."""
        self.now = max(self.now, stamp)
        verb = _VERBS.get(command.verb)
        if verb is None:
            raise NewerLedger(f"the command {command.verb!r}")
        return verb(self, command.what, offset)

    def _push(self, what: dict[str, Any], offset: int) -> None:
        self.of(what["queue"]).push(self.now, offset, what["delay"])

    def _take(self, what: dict[str, Any], offset: int) -> list[Taken]:
        taken: list[Taken] = []
        for queue in what["queues"]:
            if len(taken) < what["limit"] and queue in self.queues:
                jobs = self.queues[queue]
                taken += jobs.take(self.now, what["limit"] - len(taken), what["lease"], offset)
        return taken

    def _delete(self, what: dict[str, Any], _: int) -> list[int]:
        return self.of(what["queue"]).delete(self.now, _receipts(what))

    def _release(self, what: dict[str, Any], _: int) -> list[int]:
        return self.of(what["queue"]).release(self.now, _receipts(what), what["delay"])

    def _bury(self, what: dict[str, Any], _: int) -> list[int]:
        return self.of(what["queue"]).bury(self.now, _receipts(what), what["reason"])

    def _touch(self, what: dict[str, Any], _: int) -> list[int]:
        return self.of(what["queue"]).touch(self.now, _receipts(what), what["lease"])

    def _unsee(self, what: dict[str, Any], _: int) -> list[int]:
        return self.of(what["queue"]).unsee(self.now, _receipts(what))

    def _kick(self, what: dict[str, Any], _: int) -> int:
        return self.of(what["queue"]).kick(self.now, what["limit"])

    def _promote(self, what: dict[str, Any], _: int) -> int:
        return self.of(what["queue"]).promote(self.now) if what["queue"] in self.queues else 0

    def _purge(self, what: dict[str, Any], _: int) -> None:
        self.queues.pop(what["queue"], None)

    def _look(self, what: dict[str, Any], _: int) -> None:
        """Nothing: whoever asked for it has read all that was in the log before."""

    def _move(self, what: dict[str, Any], offset: int) -> None:
        self.moved[what["number"]] = offset


_VERBS: Mapping[str, Callable[[Ledger, dict[str, Any], int], Outcome]] = {
    "push": Ledger._push,
    "take": Ledger._take,
    "delete": Ledger._delete,
    "release": Ledger._release,
    "bury": Ledger._bury,
    "touch": Ledger._touch,
    "unsee": Ledger._unsee,
    "kick": Ledger._kick,
    "promote": Ledger._promote,
    "purge": Ledger._purge,
    "look": Ledger._look,
    "move": Ledger._move,
}


def _receipts(what: dict[str, Any]) -> list[Receipt]:
    return [Receipt(*pair) for pair in what["jobs"]]
