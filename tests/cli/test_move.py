"""linda kick, bury, drain and purge"""

import json
import secrets
from pathlib import Path

import pytest

from linda_core import envelope
from linda_core.broker import Broker, new_broker
from linda_core.job import Job
from linda_core.lifecycle import State
from tests.cli.executable import Linda
from tests.servers.server import Server

#: Fewer than the output's buffer holds, and more.
numbers = pytest.mark.parametrize("number", [3, 150])


def push(broker: Broker, number: int) -> None:
    broker.push_many([Job("Count", ["ä", index], id=str(index)) for index in range(number)], "a")


def test_the_next_jobs_are_buried_and_kicked(linda: Linda, broker: Broker) -> None:
    push(broker, 3)

    assert linda("bury", "a").lines == ["0"]
    assert linda("bury", "a", "-n", "5", "--reason", "poison", "--json").json == ["1", "2"]
    assert [job.reason for job in broker.peek("a", State.BURIED, 9)] == ["set aside by hand", "poison", "poison"]
    assert linda("kick", "a", "-n", "2").out == "kicked 2\n"
    assert linda("kick", "a", "--json").json == {"kicked": 1}
    assert broker.counts("a") == (3, 0, 0, 0)


def test_there_may_be_nothing_to_bury(linda: Linda) -> None:
    assert linda("bury", "a").out == ""


def test_drained_jobs_are_written_and_gone(linda: Linda, broker: Broker) -> None:
    push(broker, 250)
    broker.later(3600, Job("Count"), "a")

    drained = linda("drain", "a")

    jobs = [envelope.decode(line.encode(), fallback_id="", now=0) for line in drained.lines]
    assert [(job.id, job.args, job.queue) for job in jobs] == [(str(index), ["ä", index], "a") for index in range(250)]
    assert (drained.code, drained.err) == (0, "")
    assert broker.counts("a") == (0, 1, 0, 0)


def test_what_was_drained_can_be_pushed_again(linda: Linda, broker: Broker) -> None:
    push(broker, 3)
    before = [(job.id, job.args, job.created_at) for job in broker.peek("a", State.READY, 9)]

    drained = linda("drain", "a")
    pushed = linda("push", "--from-jsonl", "-", given=drained.out.encode())

    assert pushed.out == "pushed 3\n"
    assert [(job.id, job.args, job.created_at) for job in broker.peek("a", State.READY, 9)] == before


def test_jobs_move_to_a_broker_of_another_kind(linda: Linda, broker: Broker, redis_server: Server) -> None:
    push(broker, 250)
    before = [(job.id, job.args, job.created_at) for job in broker.peek("a", State.READY, 250)]

    elsewhere = f"moved-{secrets.token_hex(4)}"
    drained = linda("drain", "a")
    pushed = linda(
        "push", "--from-jsonl", "-", "--url", redis_server.url, "--queue", elsewhere, given=drained.out.encode()
    )

    assert pushed.out == "pushed 250\n"
    assert broker.queues() == []
    with new_broker(redis_server.url) as other:
        moved = other.pop_many(elsewhere, 30, 300)
        assert [(job.id, job.args, job.created_at) for job in moved] == before
        other.delete_many(elsewhere, moved)


@pytest.mark.parametrize("limit", [1, 100, 101, 999])
def test_no_more_are_drained_than_asked_for(linda: Linda, broker: Broker, limit: int) -> None:
    push(broker, 150)

    drained = linda("drain", "a", "--limit", str(limit))

    assert len(drained.lines) == min(limit, 150)
    assert broker.counts("a").ready == 150 - min(limit, 150)


@numbers
def test_a_reader_that_goes_away_loses_nothing_and_hears_nothing(linda: Linda, broker: Broker, number: int) -> None:
    push(broker, number)

    with linda.start("drain", "a") as run:
        assert run.stdout is not None
        assert run.stderr is not None
        run.stdout.close()
        said = run.stderr.read()

    assert (run.returncode, said) == (1, b"")
    assert broker.counts("a") == (number, 0, 0, 0)


@numbers
def test_a_full_disk_loses_nothing(linda: Linda, broker: Broker, number: int) -> None:
    push(broker, number)

    with Path("/dev/full").open("wb") as full:
        run = linda.start("drain", "a", stdout=full)
        _, said = run.communicate(timeout=60)

    assert (run.returncode, said) == (1, b"linda: [Errno 28] No space left on device\n")
    assert broker.counts("a") == (number, 0, 0, 0)


def test_a_queue_is_purged_when_that_is_meant(linda: Linda, broker: Broker) -> None:
    push(broker, 3)

    refused = linda("purge", "a")
    assert refused.code == 2
    assert "give --yes" in refused.err
    assert broker.counts("a").ready == 3

    assert linda("purge", "a", "--yes").code == 0
    assert broker.queues() == []


def test_on_a_terminal_purging_asks_first(linda: Linda, broker: Broker) -> None:
    push(broker, 3)

    refused = linda.on_a_terminal("purge", "a", typed="n\n")
    assert refused.code == 1
    assert "Drop every job of a (3 ready) at sqlite:///linda.db? [y/N]" in refused.out
    assert broker.counts("a").ready == 3

    assert linda.on_a_terminal("purge", "a", typed="y\n").code == 0
    assert "(empty)" in linda.on_a_terminal("purge", "a", typed="n\n").out


def test_json_is_one_document(linda: Linda, broker: Broker) -> None:
    push(broker, 2)

    assert json.loads(linda("bury", "a", "-n", "2", "--json").out) == ["0", "1"]
