"""The state that follows from a log: the same for everybody, from wherever they begin to read."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from linda_kafka import ledger as ledgers
from linda_kafka.failures import NewerLedger
from linda_kafka.jobs import Jobs
from linda_kafka.ledger import Ledger
from linda_kafka.record import Command, command, command_of

Entry = tuple[tuple[str, dict[str, Any]], int]

QUEUES = st.sampled_from(["a", "a", "b"])
#: Which of the reservations so far are to be settled.
RECEIPTS = st.lists(st.integers(0, 5), min_size=1, max_size=3)
MOMENTS = st.sampled_from([0, 0, 10, 100, 2**23])


def what(**members: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    return st.fixed_dictionaries(members)


#: As a log may have them: some refer to what is there, some do not.
COMMANDS: dict[str, st.SearchStrategy[dict[str, Any]]] = {
    "push": what(queue=QUEUES, delay=MOMENTS),
    "take": what(queues=st.lists(QUEUES, min_size=1, max_size=2), limit=st.integers(1, 3), lease=MOMENTS),
    "delete": what(queue=QUEUES, jobs=RECEIPTS),
    "release": what(queue=QUEUES, jobs=RECEIPTS, delay=MOMENTS),
    "bury": what(queue=QUEUES, jobs=RECEIPTS, reason=st.just("why")),
    "touch": what(queue=QUEUES, jobs=RECEIPTS, lease=MOMENTS),
    "unsee": what(queue=QUEUES, jobs=RECEIPTS),
    "kick": what(queue=QUEUES, limit=st.integers(1, 3)),
    "promote": what(queue=QUEUES),
    "purge": what(queue=QUEUES),
    "look": what(),
    "move": what(number=st.integers(0, 9)),
    "keep": what(offset=st.integers(0, 40), first=st.integers(0, 40)),
}
OFTEN = ["push", "push", "take", "take", "take"]
LOGS = st.lists(
    st.tuples(
        st.sampled_from([*sorted(COMMANDS), *OFTEN]).flatmap(lambda verb: st.tuples(st.just(verb), COMMANDS[verb])),
        MOMENTS,
    ),
    min_size=20,
    max_size=40,
)


class Log:
    """Commands with the stamps of a clock that now and then goes back."""

    def __init__(self, entries: list[Entry]) -> None:
        self._records: list[tuple[bytes, int, int]] = []
        ledger, stamp, receipts = Ledger(), 10**6, [(0, 0)]
        for offset, ((verb, members), pause) in enumerate(entries):
            stamp += pause
            jobs = {"jobs": [receipts[which % len(receipts)] for which in members["jobs"]]} if "jobs" in members else {}
            self._records.append((command(verb, members | jobs).value, offset, stamp - offset % 3))
            if verb == "take":
                receipts = [
                    (job.number, job.reservation) for job in self.fold(ledger, offset, offset + 1)[0]
                ] + receipts
            else:
                self.fold(ledger, offset, offset + 1)

    def fold(self, ledger: Ledger, start: int, end: int) -> list[Any]:
        return [ledger.command(command_of(value), offset, stamp) for value, offset, stamp in self._records[start:end]]


def dumped(ledger: Ledger) -> str:
    """What matters of it: in which order delayed jobs are kept does not, as they leave by the time they are due."""
    parts = [part | {"delayed": sorted(part["delayed"])} if "delayed" in part else part for part in ledger.dump()]
    return json.dumps([sorted(map(json.dumps, parts)), ledger.summary()])


@given(LOGS, st.integers(0, 40))
def test_who_begins_with_a_snapshot_comes_to_the_same_verdicts(entries: list[Entry], middle: int) -> None:
    log, first, second = Log(entries), Ledger(), Ledger()
    log.fold(first, 0, middle)
    for part in first.dump():
        second.load(json.loads(json.dumps(part)))
    second.complete(json.loads(json.dumps(first.summary())))

    assert log.fold(first, middle, 40) == log.fold(second, middle, 40)
    assert dumped(first) == dumped(second)


@given(LOGS, st.integers(0, 40))
def test_a_copy_stays_as_it_was(entries: list[Entry], middle: int) -> None:
    log, ledger = Log(entries), Ledger()
    log.fold(ledger, 0, middle)
    copy, before = ledger.copy(), dumped(ledger)
    log.fold(ledger, middle, 40)

    assert dumped(copy) == before


@given(LOGS)
def test_no_job_is_in_two_states(entries: list[Entry]) -> None:
    ledger = Ledger()
    Log(entries).fold(ledger, 0, 40)

    numbers = [number for number, _ in ledger.places()]
    assert len(numbers) == len(set(numbers))


def test_what_was_written_again_has_its_new_number_once_nobody_holds_it() -> None:
    jobs = Jobs("q")
    for number in range(4):
        jobs.push(0, number, 0)
    [held] = jobs.take(0, 1, 1000, 9)
    jobs.renumber({0: 100, 1: 101})

    assert (list(jobs.ready), list(jobs.held)) == ([101, 2, 3], [held.number])


def test_a_snapshot_that_may_have_lost_parts_is_not_accepted() -> None:
    ledger = Ledger()
    keep: Callable[[int, int], Any] = lambda offset, first: ledger.command(  # noqa: E731
        Command("keep", {"offset": offset, "first": first}), 0, 0
    )

    assert keep(100, 5)
    assert not keep(90, 9), "an older state"
    assert not keep(110, 4), "its first part was written before that of the best one, and is dropped with all before"
    assert keep(120, 6)


def test_the_author_of_a_command_writes_the_snapshot_that_is_due(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ledgers, "_EVERY", 100)
    ledger = Ledger()
    keepers: list[str | None] = []
    for offset in (99, ledgers._EVERY * 200, ledgers._EVERY * 200 + 1, ledgers._EVERY * 201):
        ledger.command(Command("look", {"by": f"at {offset}"}), offset, 0)
        keepers.append(ledger.keeper)

    assert keepers == [None, "at 20000", None, "at 20100"]


@pytest.mark.parametrize("record", [b'{"v":2,"do":"take"}', b'{"v":1,"do":"juggle"}'])
def test_what_a_newer_linda_wrote_is_refused_rather_than_misunderstood(record: bytes) -> None:
    with pytest.raises(NewerLedger, match="upgrade"):
        Ledger().command(command_of(record), 0, 0)
