"""What is in the file, and what it keeps."""

import sqlite3
from collections.abc import Callable, Sequence
from contextlib import closing
from pathlib import Path

import pytest

from linda_core.broker import Broker, new_broker
from linda_core.brokers.sqlite import driver
from linda_core.brokers.sqlite.driver import Receipt
from linda_core.clock import ManualClock
from linda_core.driver import Entry
from linda_core.errors import LimitExceeded
from linda_core.job import Job
from tests.core.brokers.sqlite.conftest import Connect, driver_of


def test_every_state_survives_the_end_of_the_program(url: str, clock: ManualClock) -> None:
    with new_broker(url, clock=clock) as broker:
        broker.push_many([Job("Buried", id="1"), Job("Reserved", id="2"), Job("Ready", id="3")], "q")
        broker.later(60, Job("Delayed", id="4"), "q", priority=7)
        buried, _reserved = broker.pop_many("q", 30, 2)
        broker.bury("q", buried, "why")

    with new_broker(url, clock=clock) as broker:
        assert broker.counts("q") == (1, 1, 1, 1)
        assert [job.reason for job in broker.peek("q", "buried", 9)] == ["why"]
        clock.advance(60)
        assert [(job.id, job.attempts) for job in broker.pop_many("q", 30, 9)] == [("4", 1), ("2", 2), ("3", 1)]


def test_a_number_is_never_given_to_a_second_job(broker: Broker) -> None:
    broker.push(Job("First"), "q")
    first = broker.pop("q", 60)
    assert first
    broker.purge("q")
    broker.push(Job("Second"), "q")
    second = broker.pop("q", 60)
    assert second

    assert driver_of(broker).delete("q", [first._receipt]) == [0], "an old receipt deleted a new job"
    assert driver_of(broker).delete("q", [second._receipt]) == []


def test_names_ids_and_bodies_of_any_kind_come_back_unchanged(broker: Broker) -> None:
    names = ["nul\0inside", "\0", "quote'\"", "ünï😀", "a%_b", "q" * 100]
    entries = [Entry(f"id\0{name}", bytes(range(256)) * size) for size, name in enumerate(names)]
    sqlite = driver_of(broker)
    for name in names:
        sqlite.push(name, entries, 0)

    assert sorted(sqlite.queues()) == sorted(names)
    for name in names:
        deliveries = sqlite.reserve([name], 10, 60, 0)
        assert [(each.queue, each.id, each.body) for each in deliveries] == [
            (name, identity, body) for identity, body, _ in entries
        ]


def test_bodies_beyond_one_piece_come_in_order(broker: Broker, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(driver, "PIECE", 10)
    bodies = [b"x" * size for size in (3, 7, 1, 0, 25, 4, 4, 4, 0)]
    sqlite = driver_of(broker)
    sqlite.push("q", [Entry(str(place), body) for place, body in enumerate(bodies)], 0)

    assert [delivery.body for delivery in sqlite.reserve(["q"], 20, 60, 0)] == bodies


def test_more_jobs_than_one_statement_takes_are_one_transaction(broker: Broker) -> None:
    sqlite = driver_of(broker)
    entries = [Entry(str(number), b"") for number in range(2 * driver.ROWS + 1)]

    sqlite.push("q", [*entries, *entries[:3]], 0)

    assert [delivery.id for delivery in sqlite.reserve(["q"], 1000, 60, 0)] == [entry.id for entry in entries]


def test_more_jobs_than_one_step_takes_are_all_moved(clock: ManualClock, connect: Connect) -> None:
    broker = connect(clock)
    broker.push_many([Job("Due") for _ in range(2500)], "q", delay=10)
    clock.advance(10)

    assert broker.counts("q").ready == 2500
    assert broker.migrate_expired_jobs("q") == 2500
    broker.push_many([Job("Due") for _ in range(1500)], "q")
    broker.purge("q")
    assert broker.counts("q") == (0, 0, 0, 0)


def test_what_a_row_cannot_hold_is_refused_and_nothing_is_lost(broker: Broker) -> None:
    assert broker.limits.body == 10**9 - driver.BESIDES_BODY
    driver_of(broker)._database._connection.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, 10_000)
    broker.push(Job("Held"), "q")
    job = broker.pop("q", 60)
    assert job

    with pytest.raises(LimitExceeded, match="too big"):
        broker.bury("q", job, "x" * 10_000)

    assert broker.counts("q").reserved == 1


def test_a_program_without_linda_pushes_with_one_statement(broker: Broker, path: Path) -> None:
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute(broker.capabilities.foreign_push)

    job = broker.pop("q", 60)
    assert job
    assert (job.name, job.queue, job.attempts) == ("Name", "q", 1)


def test_text_where_a_body_belongs_is_refused_at_the_door(url: str, path: Path) -> None:
    new_broker(url).close()
    with closing(sqlite3.connect(path)) as connection, pytest.raises(sqlite3.IntegrityError, match=r"TEXT .* job.body"):
        connection.execute("INSERT INTO job (queue, body) VALUES ('q', '{}')")


def test_a_receipt_given_twice_is_good_once(broker: Broker) -> None:
    sqlite = driver_of(broker)
    settlements: list[Callable[[list[Receipt]], Sequence[int]]] = [
        lambda held: sqlite.delete("q", held),
        lambda held: sqlite.release("q", held, 0),
        lambda held: sqlite.bury("q", held, ""),
    ]
    for settle in settlements:
        sqlite.push("q", [Entry("1", b"")], 0)
        ((*_, receipt, _),) = sqlite.reserve(["q"], 1, 60, 0)

        assert settle([receipt, receipt, receipt]) == [1, 2]
