"""A million jobs cost what a hundred do: every statement finds its jobs through an index, in a few steps."""

import re
import sqlite3

import pytest

from linda_core.broker import Broker
from linda_core.brokers.sqlite import statements
from linda_core.driver import Entry
from tests.core.brokers.sqlite.conftest import driver_of

STATEMENTS = {name: text for name, text in vars(statements).items() if name.isupper() and isinstance(text, str)}


def plan(connection: sqlite3.Connection, statement: str) -> list[str]:
    values = dict.fromkeys(re.findall(r":(\w+)", statement))
    return [row[3] for row in connection.execute(f"EXPLAIN QUERY PLAN {statement}", values)]


@pytest.mark.parametrize("name", STATEMENTS)
def test_no_statement_reads_or_sorts_the_whole_table(broker: Broker, name: str) -> None:
    steps = plan(driver_of(broker)._database._connection, STATEMENTS[name])

    assert [step for step in steps if re.search(r"\bjob\b", step)], f"{name} does not touch jobs: {steps}"
    assert not [step for step in steps if step.startswith("SCAN job") or "TEMP B-TREE" in step], steps


def test_the_number_of_statements_does_not_grow_with_the_batch(broker: Broker) -> None:
    sqlite = driver_of(broker)
    seen: list[str] = []
    sqlite._database._connection.set_trace_callback(seen.append)

    def statements_for(jobs: int) -> int:
        del seen[:]
        sqlite.push("q", [Entry(str(number), b"") for number in range(jobs)], 0)
        held = [delivery.receipt for delivery in sqlite.reserve(["q"], jobs, 60, 0)]
        sqlite.release("q", held, 0)
        sqlite.touch("q", [delivery.receipt for delivery in sqlite.reserve(["q"], jobs, 60, 0)], 60)
        sqlite.purge("q")
        return len(seen)

    assert statements_for(200) == statements_for(2) > 10
