"""A log is kept short: who comes later reads a snapshot, what is done is dropped, and old jobs are written again."""

import pytest

from linda_core import Broker, Job, new_broker
from linda_core.conformance.crime import Victim
from linda_core.driver import State
from linda_kafka import keeper
from linda_kafka import ledger as ledgers
from tests.adapters.kafka.conftest import Ends
from tests.servers.waiting import wait_until

HOLD = 600.0


@pytest.fixture
def often(monkeypatch: pytest.MonkeyPatch) -> int:
    """Snapshots are due after so many records."""
    monkeypatch.setattr(ledgers, "_EVERY", 200)
    return 200


def churn(broker: Broker, number: int) -> None:
    """Write so many records that nobody needs any more, and somewhat more."""
    broker.push_many([Job("Churn") for _ in range(number)], "churn")
    while jobs := broker.pop_many("churn", HOLD, 100):
        broker.delete_many("churn", jobs)


def kept(broker: Broker, ends: Ends, topic: str, often: int) -> None:
    """Churn until `topic` begins later than it did."""
    first, _ = ends(topic)

    def shorter() -> bool:
        churn(broker, often)
        return ends(topic)[0] > first

    assert wait_until(shorter, 20), "the log was not made shorter"


def test_a_newcomer_finds_jobs_of_every_state_whose_commands_are_gone(
    broker: Broker, url: str, ledger: str, ends: Ends, often: int
) -> None:
    broker.later(HOLD, Job("delayed"), "q")
    for name in ("buried", "held"):
        broker.push(Job(name), "q")
    buried, held = broker.pop_many("q", HOLD, 2)
    broker.bury("q", buried, "why")
    broker.push(Job("ready"), "q")
    broker.release("q", broker.pop_many("q", HOLD, 1)[0])
    broker.push(Job("last"), "q")
    kept(broker, ends, f"{ledger}.snapshots", often)

    with new_broker(url) as newcomer:
        assert newcomer.counts("q") == (2, 1, 1, 1)
        assert [(job.name, job.reason) for job in newcomer.peek("q", State.BURIED, 9)] == [("buried", "why")]
        assert [(job.name, job.attempts) for job in newcomer.pop_many("q", HOLD, 9)] == [("ready", 2), ("last", 1)]
        newcomer.delete("q", held)
        assert newcomer.counts("q").reserved == 2


def test_what_is_done_is_dropped(broker: Broker, ledger: str, ends: Ends, often: int) -> None:
    def length(topic: str) -> int:
        first, end = ends(topic)
        return end - first

    for _ in range(3):
        kept(broker, ends, ledger, often)
        kept(broker, ends, f"{ledger}.snapshots", often)

    assert wait_until(lambda: length(f"{ledger}.snapshots") <= 4, 10), "older snapshots are kept"
    before = ends(ledger)[0]
    assert before > 3 * often, f"nothing is left to be done, and the log begins at {before}"


def test_a_job_that_waits_for_long_does_not_keep_the_log_from_being_dropped(
    broker: Broker, url: str, ledger: str, ends: Ends, often: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(keeper, "_SLACK", often)
    broker.push(Job("held", ["é"]), "q")
    held = broker.pop_many("q", HOLD, 1)[0]
    broker.push(Job("tried", ["é"]), "q")
    broker.release_with_delay("q", broker.pop_many("q", HOLD, 1)[0], HOLD)
    broker.later(HOLD, Job("delayed", ["é"]), "q")
    for _ in range(3):
        kept(broker, ends, ledger, often)

    with new_broker(url) as newcomer:
        for one in (broker, newcomer):
            seen = [(job.name, job.args, job.attempts) for job in one.peek("q", State.DELAYED, 9)]
            assert seen == [("tried", ["é"], 1), ("delayed", ["é"], 0)]
    broker.delete("q", held)
    assert broker.counts("q").reserved == 0


def test_a_process_that_slept_while_the_log_was_dropped_finds_its_way(
    broker: Broker, url: str, ledger: str, ends: Ends, often: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(keeper, "_SLACK", often)
    broker.push(Job("Held"), "q")
    with Victim(url, "q", "dawdle", HOLD) as sleeper:
        sleeper.says()
        sleeper.freeze()
        for _ in range(3):
            kept(broker, ends, ledger, often)
        sleeper.thaw()
        sleeper.hears("delete it now")

        assert sleeper.says() == "deleted"
    assert broker.counts("q").reserved == 0
