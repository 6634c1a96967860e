"""Programs without Linda, with nothing but greenstalk."""

import json
import threading
from time import monotonic

import greenstalk
import pytest

from linda_core import Broker, Job, Linda, Settings
from linda_core.driver import State
from tests.adapters.beanstalk.conftest import Connect

BODY = json.dumps({"payload": {"class": "Hello", "args": ["world"]}}).encode()


def test_a_worker_runs_what_a_plain_script_pushes(url: str, queue: str, foreign: Connect) -> None:
    ran: list[Job] = []
    app = Linda(Settings(connection=url, queue=queue))

    def run(job: Job) -> None:
        ran.append(job)
        app.stop()

    app.register_workers("Hello", run)
    worker = threading.Thread(target=app.run)
    worker.start()

    foreign().put(BODY)
    worker.join(30)

    assert [(job.name, list(job.args), job.attempts) for job in ran] == [("Hello", ["world"], 1)]
    assert ran[0].id


def test_a_foreign_consumer_takes_and_deletes_a_job_of_linda(broker: Broker, queue: str, foreign: Connect) -> None:
    job = Job("Hello")
    broker.push(job, queue)

    client = foreign()
    taken = client.reserve(timeout=1)
    client.delete(taken)

    assert json.loads(taken.body)["id"] == job.id
    assert broker.counts(queue) == (0, 0, 0, 0)


def test_a_ttr_longer_than_the_lease_does_not_make_the_lease_longer(
    broker: Broker, other: Broker, queue: str, foreign: Connect
) -> None:
    foreign().put(BODY, ttr=600)
    start = monotonic()
    held = broker.pop(queue, 1)

    back = other.pop(queue, 1, wait=30)

    assert held
    assert back
    assert monotonic() - start >= 1
    assert (back.id, back.attempts) == (held.id, 2)


def test_a_ttr_shorter_than_the_lease_does_not_make_the_lease_shorter(
    broker: Broker, other: Broker, queue: str, foreign: Connect
) -> None:
    foreign().put(BODY, ttr=1)
    job = broker.pop(queue, 600)

    assert other.pop(queue, 1, wait=2.5) is None
    assert job
    broker.delete(queue, job)


def test_what_another_program_buried_is_seen_and_kicked_after_our_own(
    broker: Broker, queue: str, foreign: Connect
) -> None:
    client = foreign()
    client.put(BODY)
    client.bury(client.reserve(timeout=1))
    broker.push(Job("Ours"), queue)
    ours = broker.pop(queue, 30)
    assert ours
    broker.bury(queue, ours, "why")

    assert [(job.name, job.reason) for job in broker.peek(queue, State.BURIED, 10)] == [("Ours", "why"), ("Hello", "")]
    assert broker.kick(queue, 1) == 1
    assert [job.name for job in broker.pop_many(queue, 30, 10)] == ["Ours"]
    assert broker.kick(queue, 10) == 1


def test_a_foreign_kick_leaves_no_trace_of_the_burial(broker: Broker, queue: str, foreign: Connect) -> None:
    job = _buried(broker, queue, "first")
    foreign().kick(10)
    again = broker.pop(queue, 30)
    assert again
    broker.bury(queue, again, "second")

    assert [(seen.id, seen.reason) for seen in broker.peek(queue, State.BURIED, 10)] == [(job.id, "second")]
    foreign().kick(10)
    assert broker.peek(queue, State.BURIED, 10) == []
    with pytest.raises(greenstalk.NotFoundError):
        foreign(f"$graves;{queue}").peek_ready()


def _buried(broker: Broker, queue: str, reason: str) -> Job:
    broker.push(Job("Failed"), queue)
    job = broker.pop(queue, 30)
    assert job
    broker.bury(queue, job, reason)
    return job
