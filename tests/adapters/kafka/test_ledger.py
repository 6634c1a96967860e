"""The state that follows from a log: the same for everybody, from wherever they begin to read."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from linda_kafka import ledger as ledgers
from linda_kafka.failures import NewerLedger
from linda_kafka.jobs import Jobs, Receipt, Sight
from linda_kafka.ledger import Ledger
from linda_kafka.record import Command, command, command_of
from tests.adapters.kafka.model import Model

Entry = tuple[tuple[str, dict[str, Any]], int]

LOOK = Command("look", {"by": "somebody"})

QUEUES = st.sampled_from(["a", "a", "b"])
#: Which of the reservations so far are to be settled.
RECEIPTS = st.lists(st.integers(0, 5), min_size=1, max_size=3)
#: Milliseconds.
MOMENTS = st.sampled_from([0, 0, 1, 10, 100, 2**23])
LEASES = st.sampled_from([0, 10, 100, 2**23, 2**23, 2**24])
PAUSES = st.sampled_from([0, 0, 0, 0, 1, 10, 100, 2**23])


def what(**members: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    return st.fixed_dictionaries(members)


#: As a log may have them: some refer to what is there, some do not.
COMMANDS: dict[str, st.SearchStrategy[dict[str, Any]]] = {
    "push": what(queue=QUEUES, delay=MOMENTS),
    "take": what(queues=st.lists(QUEUES, min_size=1, max_size=2), limit=st.integers(1, 3), lease=LEASES),
    "delete": what(queue=QUEUES, jobs=RECEIPTS),
    "release": what(queue=QUEUES, jobs=RECEIPTS, delay=MOMENTS),
    "bury": what(queue=QUEUES, jobs=RECEIPTS, reason=st.just("why")),
    "touch": what(queue=QUEUES, jobs=RECEIPTS, lease=LEASES),
    "unsee": what(queue=QUEUES, jobs=RECEIPTS),
    "kick": what(queue=QUEUES, limit=st.integers(1, 3)),
    "promote": what(queue=QUEUES),
    "purge": what(queue=QUEUES),
    "look": what(),
    "move": what(number=st.integers(0, 9)),
    "keep": what(offset=st.integers(0, 40), first=st.integers(0, 40)),
}
OFTEN = ["push", "push", "push", "take", "take", "take", "bury", "touch"]
LOGS = st.lists(
    st.tuples(
        st.sampled_from([*sorted(COMMANDS), *OFTEN]).flatmap(lambda verb: st.tuples(st.just(verb), COMMANDS[verb])),
        PAUSES,
    ),
    min_size=20,
    max_size=40,
)


class Log:
    """Commands with the stamps of a clock that now and then goes back."""

    def __init__(self, entries: list[Entry]) -> None:
        self.commands: list[tuple[Command, int]] = []
        model, stamp, receipts = Model(), 10**6, [(0, 0)]
        for offset, ((verb, members), pause) in enumerate(entries):
            stamp += pause
            what = dict(members)
            if "jobs" in what:
                what["jobs"] = [receipts[which % len(receipts)] for which in what["jobs"]]
            if verb == "move":
                what["number"] %= max(1, offset)
            self.commands.append((command_of(command(verb, what).value), stamp - offset % 3))
            outcome = model.command(verb, what, offset, stamp - offset % 3)
            if verb == "take":
                receipts = [(number, reservation) for _, number, reservation, _ in outcome] + receipts

    def fold(self, ledger: Ledger, start: int, end: int) -> list[Any]:
        entries = list(enumerate(self.commands))[start:end]
        return [ledger.command(asked, offset, stamp) for offset, (asked, stamp) in entries]


def dumped(ledger: Ledger) -> str:
    """What matters of it: in which order delayed jobs are kept does not, as they leave by the time they are due."""
    parts = [part | {"delayed": sorted(part["delayed"])} if "delayed" in part else part for part in ledger.dump()]
    return json.dumps([sorted(map(json.dumps, parts)), ledger.summary()])


def reloaded(ledger: Ledger) -> Ledger:
    """As somebody has it who begins with a snapshot."""
    other = Ledger()
    for part in ledger.dump():
        other.load(json.loads(json.dumps(part)))
    other.complete(json.loads(json.dumps(ledger.summary())))
    return other


def seen(ledger: Ledger, queue: str) -> list[list[tuple[Any, ...]]]:
    """All that can be seen of a queue."""
    jobs = ledger.of(queue)
    sights = (jobs.ready_sights, jobs.delayed_sights, jobs.held_sights, jobs.buried_sights)
    return [[(*sight, ledger.place(sight.number)) for sight in of_state(99)] for of_state in sights]


def seen_by(model: Model, queue: str) -> list[list[tuple[Any, ...]]]:
    """The same, as it should be."""
    return [
        [
            (job.number, job.attempts, job.until, job.reason if state == "buried" else "", job.place)
            for job in model.of(queue, state)
        ]
        for state in ("ready", "delayed", "held", "buried")
    ]


@given(LOGS, st.integers(1, 9))
@settings(max_examples=300)
def test_a_ledger_does_what_a_naive_one_would_do(entries: list[Entry], often: int) -> None:
    log, ledger, model = Log(entries), Ledger(), Model()
    for offset, (asked, stamp) in enumerate(log.commands):
        what = {name: value for name, value in asked.what.items() if name not in {"v", "do"}}
        assert ledger.command(asked, offset, stamp) == model.command(asked.verb, what, offset, stamp)
        if offset % often == 0:
            ledger = reloaded(ledger)
        for queue in "ab":
            assert ledger.of(queue).tries.keys() <= {job.number for job in model.jobs if job.queue == queue}
            assert seen(ledger, queue) == seen_by(model, queue)
            untils = [job.until for job in model.jobs if job.queue == queue and job.until]
            assert not untils or 0 < (ledger.of(queue).next_due() or 0) <= min(untils)
        assert sorted(ledger.places()) == sorted((job.number, job.place) for job in model.jobs)
        assert set(ledger.names()) == {job.queue for job in model.jobs}
        assert len(ledger) == len(model.jobs)


@given(LOGS, st.integers(0, 40))
def test_who_begins_with_a_snapshot_comes_to_the_same_verdicts(entries: list[Entry], middle: int) -> None:
    log, first = Log(entries), Ledger()
    log.fold(first, 0, middle)
    second = reloaded(first)

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
    jobs.push(0, 4, 1000)
    held, buried = jobs.take(0, 2, 1000, 9)
    jobs.bury(0, [Receipt(buried.number, 9)], "why")
    jobs.renumber({0: 100, 1: 101, 2: 102, 4: 104})

    assert (list(jobs.ready), list(jobs.held)) == ([102, 3], [held.number])
    assert jobs.buried_sights(9) == [Sight(101, 1, None, "why")]
    assert [sight.number for sight in jobs.delayed_sights(9)] == [104]


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


def test_with_many_jobs_a_snapshot_is_due_after_as_many_records(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ledgers, "_EVERY", 10)
    ledger = Ledger()
    for number in range(30):
        ledger.job("q", number, 0)
    keepers = []
    for offset in range(30, 61):
        ledger.command(LOOK, offset, 0)
        keepers.append(ledger.keeper)
        ledger = reloaded(ledger)

    assert [30 + which for which, keeper in enumerate(keepers) if keeper] == [30, 60]


@pytest.mark.parametrize(("jobs", "most"), [(100, 10), (1000, 50)])
def test_what_was_written_again_is_noted_for_so_many_jobs_at_once(
    monkeypatch: pytest.MonkeyPatch, jobs: int, most: int
) -> None:
    monkeypatch.setattr(ledgers, "_MOVES", 10)
    ledger, noted = Ledger(), list[int]()
    for number in range(jobs):
        ledger.job("q", number, 0)
    held = ledger.command(Command("take", {"queues": ["q"], "limit": 5, "lease": 10}), jobs, 0)
    newcomer = reloaded(ledger)
    for number in range(jobs):
        for one in (ledger, newcomer):
            one.command(Command("move", {"number": number}), 2 * jobs + number, 0)
        assert ledger.moved == newcomer.moved
        newcomer = reloaded(ledger)
        noted.append(len(ledger.moved))

    assert max(noted) == len(held) + most - 1, "those that somebody holds, and so many more"
    assert sorted(place for _, place in ledger.places()) == list(range(2 * jobs, 3 * jobs))


def test_queues_without_jobs_are_forgotten_with_a_snapshot() -> None:
    ledger = Ledger()
    ledger.job("kept", 0, 0)
    ledger.job("emptied", 1, 0)
    ledger.command(Command("take", {"queues": ["emptied"], "limit": 1, "lease": 10}), 2, 0)
    ledger.command(Command("delete", {"queue": "emptied", "jobs": [[1, 2]]}), 3, 0)
    ledger.command(Command("keep", {"offset": 3, "first": 0}), 4, 0)

    assert list(ledger.queues) == ["kept"]


def test_a_job_that_anybody_pushed_is_ready_at_once_and_time_does_not_go_back() -> None:
    ledger = Ledger()
    ledger.job("q", 0, 1000)
    ledger.job("q", 1, 900)

    assert (list(ledger.of("q").ready), ledger.now) == ([0, 1], 1000)


def test_a_lease_that_was_begun_anew_ends_when_the_new_one_does() -> None:
    jobs = Jobs("q")
    jobs.push(0, 0, 0)
    jobs.take(0, 1, 100, 1)
    assert jobs.touch(50, [Receipt(0, 1), Receipt(0, 7)], 100) == [1], "nobody has the second right"

    assert jobs.promote(150) == 0
    assert jobs.delete(150, [Receipt(0, 7)]) == [0]
    assert jobs.promote(151) == 1
    assert jobs.delete(151, [Receipt(0, 1)]) == [0]


def test_buried_jobs_are_kicked_the_oldest_first() -> None:
    jobs = Jobs("q")
    for number in range(3):
        jobs.push(0, number, 0)
    taken = jobs.take(0, 3, 1000, 9)
    jobs.bury(0, [Receipt(job.number, job.reservation) for job in reversed(taken)], "why")

    assert jobs.kick(0, 2) == 2
    assert (list(jobs.ready), list(jobs.buried)) == ([2, 1], [0])


def test_a_take_of_several_queues_takes_no_more_than_its_limit() -> None:
    ledger = Ledger()
    for number, queue in enumerate(["a", "a", "b", "b", "c"]):
        ledger.job(queue, number, 0)
    taken = ledger.command(Command("take", {"queues": ["a", "b", "c"], "limit": 3, "lease": 10}), 5, 0)

    assert [(job.queue, job.number) for job in taken] == [("a", 0), ("a", 1), ("b", 2)]


def test_that_a_lease_ran_out_is_remembered_until_the_job_comes_back_by_hand() -> None:
    jobs = Jobs("q")
    jobs.push(0, 0, 0)
    tries = []
    for now in (0, 100, 200):
        [taken] = jobs.take(now, 1, 10, now)
        tries.append(taken.tries)
    jobs.unsee(200, [Receipt(0, 200)])
    for now in (201, 202):
        [taken] = jobs.take(now, 1, 10, now)
        tries.append(taken.tries)
        jobs.release(now, [Receipt(0, now)], 0)

    assert tries == [(1, 0), (2, 1), (3, 2), (3, 2), (4, 0)]


def test_a_lease_that_is_begun_anew_many_times_is_noted_a_few_times() -> None:
    jobs = Jobs("q")
    jobs.push(0, 0, 0)
    jobs.take(0, 1, 1000, 1)
    for _ in range(10_000):
        jobs.touch(0, [Receipt(0, 1)], 1000)

    assert len(jobs._leases) < 2000


@pytest.mark.parametrize("record", [b'{"v":2,"do":"take"}', b'{"v":1,"do":"juggle"}'])
def test_what_a_newer_linda_wrote_is_refused_rather_than_misunderstood(record: bytes) -> None:
    with pytest.raises(NewerLedger, match="upgrade"):
        Ledger().command(command_of(record), 0, 0)
