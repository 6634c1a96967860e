"""Reasons, which beanstalkd does not keep, and an order it does not show."""

import pytest

from linda_core import Broker, Job, new_broker
from linda_core.driver import State
from tests.adapters.beanstalk.conftest import Connect
from tests.conftest import PrivateServer
from tests.servers.beanstalkd import beanstalkd


def test_a_reason_longer_than_the_server_takes_ends_in_a_mark(private_server: PrivateServer) -> None:
    server = private_server(beanstalkd("-z", "300"))
    with new_broker(server.url) as broker:
        _bury(broker, "q", "x" * 1000)
        (seen,) = broker.peek("q", State.BURIED, 1)

    assert seen.reason.startswith("xxx")
    assert seen.reason.endswith("x…")
    assert len(seen.reason) > 280


def test_the_record_of_a_burial_that_did_not_happen_is_removed(broker: Broker, queue: str, foreign: Connect) -> None:
    client = foreign(f"$graves;{queue}")
    client.put(b"999999999 its process died before the burial")
    kept = _bury(broker, queue, "real")

    assert [(job.id, job.reason) for job in broker.peek(queue, State.BURIED, 10)] == [(kept.id, "real")]
    assert client.stats_tube(f"$graves;{queue}")["current-jobs-ready"] == 1


def test_a_kicked_job_has_lost_no_holder(broker: Broker, url: str, queue: str) -> None:
    broker.push(Job("Deadly"), queue)
    with new_broker(url) as gone:
        assert gone.pop(queue, 600)
    back = broker.pop(queue, 600, wait=5)
    assert back is not None
    assert back.lapses == 1
    broker.bury(queue, back)
    broker.kick(queue, 1)

    kicked = broker.pop(queue, 600)
    assert kicked is not None
    assert kicked.lapses == 0


def test_looking_changes_nothing(broker: Broker, other: Broker, queue: str) -> None:
    jobs = [_bury(broker, queue, str(number)) for number in range(5)]

    looks = [[job.id for job in each.peek(queue, State.BURIED, 3)] for each in (broker, other, broker)]

    assert looks == [[job.id for job in jobs[:3]]] * 3
    assert broker.kick(queue, 10) == 5


def test_more_are_kicked_than_go_into_one_pipeline(broker: Broker, queue: str) -> None:
    jobs = [Job("Failed") for _ in range(700)]
    broker.push_many(jobs, queue)
    for job in broker.pop_many(queue, 600, 700):
        broker.bury(queue, job)

    assert broker.kick(queue, 650) == 650
    assert broker.counts(queue)[:4] == (650, 0, 0, 50)
    broker.purge(queue)


def test_reasons_survive_a_kill(private_server: PrivateServer) -> None:
    server = private_server(beanstalkd())
    with new_broker(server.url) as broker:
        job = _bury(broker, "q", "why")
        server.kill()
        server.start()

        assert [(seen.id, seen.reason, seen.attempts) for seen in broker.peek("q", State.BURIED, 10)] == [
            (job.id, "why", 1)
        ]


def test_kick_moves_no_delayed_job_although_the_servers_own_would(broker: Broker, queue: str, foreign: Connect) -> None:
    broker.later(600, Job("Later"), queue)

    assert broker.kick(queue, 10) == 0
    assert broker.counts(queue).delayed == 1
    assert foreign().kick(10) == 1, "the server's own does: this is why ours asks for each by its id"
    broker.purge(queue)


@pytest.mark.parametrize("reason", ["\ud800 not UTF-8", ""], ids=["surrogate", "empty"])
def test_any_reason_is_kept_as_far_as_it_can_be_written(broker: Broker, queue: str, reason: str) -> None:
    _bury(broker, queue, reason)

    (seen,) = broker.peek(queue, State.BURIED, 1)

    assert seen.reason == reason.replace("\ud800", "?")
    broker.purge(queue)


def _bury(broker: Broker, queue: str, reason: str) -> Job:
    broker.push(Job("Failed"), queue)
    job = broker.pop(queue, 600)
    assert job
    broker.bury(queue, job, reason)
    return job
