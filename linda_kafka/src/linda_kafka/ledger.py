"""The state of all queues as it follows from the log, and nothing but the log: the same in every process.

So nothing here may depend on anything else: no clock but the log's, no chance, no order of a set.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from linda_kafka.failures import NewerLedger
from linda_kafka.jobs import Jobs, Receipt, Taken, parts
from linda_kafka.record import Command

#: What a command did: the jobs taken, the positions of refused receipts, how many jobs were moved, or nothing.
Outcome = Any


#: Records after which a snapshot is worth while: as many are read within a fiftieth of a second.
_EVERY = 5_000

#: So many jobs, or a twentieth of all, may be written again before they get other numbers.
_MOVES = 5_000


class Ledger:
    """Records go in, in the order of their offsets; out comes what each did."""

    def __init__(self) -> None:
        self.now = 0  #: milliseconds: the latest stamp so far, so that time never goes back
        self.queues: dict[str, Jobs] = {}
        self.moved: dict[int, int] = {}  #: where the record of a job is now, if it was written again
        self.keeper: str | None = None  #: who has to write a snapshot now, as the author of the latest command
        self._kept = (-1, -1)  #: the offset after which the best snapshot was taken, and that of its first part
        self._next = _EVERY  #: the offset at which a snapshot is due
        self._room = _MOVES  #: for so many in `moved`

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
        self.keeper = command.what.get("by") if offset >= self._next else None
        if self.keeper:  # should it die meanwhile, it is another's turn after as many again
            self._next = offset + max(_EVERY, len(self))
        return verb(self, command.what, offset)

    def __len__(self) -> int:
        """How many jobs there are."""
        return sum(map(len, self.queues.values()))

    def copy(self) -> "Ledger":
        """The same ledger, to look at alone; it stays as it is now."""
        twin = Ledger()
        twin.now, twin.moved = self.now, self.moved.copy()
        twin._kept, twin._next, twin._room = self._kept, self._next, self._room
        twin.queues = {name: jobs.copy() for name, jobs in self.queues.items() if len(jobs)}
        return twin

    def places(self) -> Iterator[tuple[int, int]]:
        """The number of each job, and the offset of the record that has its body."""
        return ((number, self.place(number)) for jobs in self.queues.values() for number in jobs.numbers())

    def dump(self) -> Iterator[dict[str, Any]]:
        """All jobs as plain data, in parts of a size that one record can have."""
        for jobs in self.queues.values():
            yield from jobs.dump()
        for moved in parts(self.moved.items()):
            yield {"moved": moved}

    def summary(self) -> dict[str, Any]:
        """What a dump has besides."""
        return {"now": self.now, "kept": self._kept, "next": self._next, "room": self._room}

    def load(self, part: dict[str, Any]) -> None:
        """Add what a part of a dump has."""
        if "queue" in part:
            self.of(part["queue"]).load(part)
        self.moved.update(part.get("moved", ()))

    def complete(self, summary: dict[str, Any]) -> None:
        """All of a dump has been loaded."""
        self.now, self._kept = summary["now"], tuple(summary["kept"])
        self._next, self._room = summary["next"], summary["room"]
        for jobs in self.queues.values():
            jobs.settle()

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
        if len(self.moved) >= self._room:
            self._renumber()

    def _keep(self, what: dict[str, Any], _: int) -> bool:
        """There is a snapshot. Whether it is better than those before, of which the parts may be dropped then.

        One that began before the best one, and ended after it, may have lost parts in this way.
        """
        offset, first = what["offset"], what["first"]
        if offset <= self._kept[0] or first < self._kept[1]:
            return False
        self._kept = (offset, first)
        self.queues = {name: jobs for name, jobs in self.queues.items() if len(jobs)}
        if self.moved:
            self._renumber()
        return True

    def _renumber(self) -> None:
        for jobs in self.queues.values():
            jobs.renumber(self.moved)
        held = {number for jobs in self.queues.values() for number in jobs.held}
        self.moved = {number: to for number, to in self.moved.items() if number in held}
        self._room = len(self.moved) + max(_MOVES, len(self) // 20)


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
    "keep": Ledger._keep,
}


def _receipts(what: dict[str, Any]) -> list[Receipt]:
    return [Receipt(*pair) for pair in what["jobs"]]
