"""linda queues, counts and peek"""

import pytest

from linda_core.broker import Broker
from linda_core.driver import Entry
from linda_core.job import Job
from linda_core.lifecycle import State
from tests.cli.executable import Linda


@pytest.fixture
def jobs(broker: Broker) -> None:
    """One job of each state in queue a, and one in a queue of a strange name."""
    for identity in ("buried", "reserved", "ready"):
        broker.push(Job("Count", [1], {"b": "ä"}, id=identity), "a")
    broker.later(3600, Job("Count", id="delayed"), "a")
    buried, _reserved = broker.pop_many("a", 3600, 2)
    broker.bury("a", buried, "it failed")
    broker.push(Job("Count"), "strange\n\x1b[31m")


@pytest.mark.usefixtures("jobs")
def test_queues_are_listed_without_giving_orders_to_the_terminal(linda: Linda) -> None:
    assert linda("queues").lines == ["a", r"strange\n\x1b[31m"]
    assert linda("queues", "--json").json == ["a", "strange\n\x1b[31m"]


@pytest.mark.usefixtures("jobs")
def test_all_queues_are_counted_unless_some_are_named(linda: Linda) -> None:
    assert linda("counts", "a", "--json").json == [{"queue": "a", "ready": 1, "delayed": 1, "reserved": 1, "buried": 1}]
    assert [row["queue"] for row in linda("counts", "--json").json] == ["a", "strange\n\x1b[31m"]
    assert linda("counts", "a", "none").lines == [
        "queue  ready  delayed  reserved  buried",
        "a          1        1         1       1",
        "none       0        0         0       0",
    ]


@pytest.mark.usefixtures("jobs")
@pytest.mark.parametrize("state", State)
def test_jobs_are_looked_at_by_state(linda: Linda, broker: Broker, state: State) -> None:
    (job,) = linda("peek", "a", "--state", state, "--json").json

    assert (job["id"], job["state"], job["name"]) == (state, state, "Count")
    assert (job["due"] is not None) == (state in {State.DELAYED, State.RESERVED})
    assert job["reason"] == ("it failed" if state is State.BURIED else "")
    assert broker.counts("a") == (1, 1, 1, 1)


@pytest.mark.usefixtures("jobs")
def test_the_table_says_what_a_person_asks(linda: Linda) -> None:
    heading, row = linda("peek", "a", "-s", "buried").lines

    assert heading.split() == ["id", "name", "attempts", "due", "reason"]
    assert row.split() == ["buried", "Count", "1", "-", "it", "failed"]


def test_what_cannot_be_decoded_is_shown_as_it_is(linda: Linda, broker: Broker) -> None:
    broker._link.driver.push("a", [Entry("bad", b"\xff{")], 0)  # type: ignore[call-arg]

    (job,) = linda("peek", "a", "--json").json

    assert (job["id"], job["body"]) == ("bad", "\\xff{")
    assert job["reason"].startswith("not a Linda envelope")
    assert linda("peek", "a").lines[1].split()[:2] == ["bad", "-"]


def test_no_more_are_shown_than_asked_for(linda: Linda, broker: Broker) -> None:
    broker.push_many([Job("Count") for _ in range(20)], "a")

    assert len(linda("peek", "a", "--json").json) == 10
    assert len(linda("peek", "a", "-n", "3", "--json").json) == 3


def test_where_nothing_is_nothing_is_shown(linda: Linda) -> None:
    assert linda("queues").out == ""
    assert linda("counts").lines == ["queue  ready  delayed  reserved  buried"]
    assert linda("peek", "a", "--json").json == []
