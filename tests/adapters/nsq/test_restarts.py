"""What a stop of nsqd leaves: everything after a clean one, and after a SIGKILL what its disk has."""

import time
from collections.abc import Callable
from contextlib import closing

import pytest

from linda_core import Broker, Job, new_broker
from linda_nsq.names import CHANNEL
from tests.adapters.nsq.addresses import admin_of
from tests.conftest import PrivateServer
from tests.servers.nsqd import DURABLE, nsqd
from tests.servers.server import Server
from tests.servers.waiting import wait_until


@pytest.fixture
def server(private_server: PrivateServer) -> Server:
    return private_server(nsqd())


@pytest.fixture
def restart(server: Server) -> Callable[[], None]:
    """As a power cut would, once all that was accepted is on the disk: OK does not wait for that, statistics do."""

    def restart() -> None:
        admin_of(server).topics()
        server.kill()
        server.start()

    return restart


def taken(broker: Broker, queue: str, wait: float = 20) -> Job:
    job = broker.pop(queue, 60, wait=wait)
    assert job is not None
    return job


def test_delays_survive_a_crash_and_nothing_is_early(server: Server, restart: Callable[[], None]) -> None:
    with new_broker(server.url) as broker:
        dues = {f"late-{number}": time.time() + 6 + number / 10 for number in range(60)}
        for name, due in dues.items():
            broker.later(due - time.time(), Job("Late", id=name), "late")
    restart()

    with new_broker(server.url) as broker:
        while dues:
            job = taken(broker, "late")
            assert time.time() >= dues.pop(job.id), f"job {job.id} is early"
            broker.delete("late", job)


def test_what_is_ready_or_buried_survives_a_crash_with_its_attempts(
    server: Server, restart: Callable[[], None]
) -> None:
    with new_broker(server.url) as broker:
        broker.push(Job("Buried"), "q")
        broker.bury("q", taken(broker, "q"), "broken")
        broker.push(Job("Ready"), "q")
        broker.release("q", taken(broker, "q"))
    restart()

    with new_broker(server.url) as broker:
        assert broker.counts("q")[:4] == (1, 0, 0, 1)
        assert broker.kick("q", 5) == 1
        assert {(job.name, job.attempts) for job in (taken(broker, "q"), taken(broker, "q"))} == {
            ("Ready", 2),
            ("Buried", 2),
        }


@pytest.mark.parametrize(("flags", "kept"), [(("-mem-queue-size=10000",), 0), (DURABLE, 3)], ids=["shipped", "safest"])
def test_a_crash_costs_what_the_flags_say(private_server: PrivateServer, flags: tuple[str, ...], kept: int) -> None:
    server = private_server(nsqd(*flags))
    with new_broker(server.url) as broker:
        broker.push_many([Job("Job") for _ in range(4)], "q")
        taken(broker, "q")
        assert wait_until(lambda: admin_of(server).topics("q")["q"].channels[CHANNEL].depth == 3, 10)
        server.kill()
        server.start()

    with new_broker(server.url) as broker:
        assert broker.counts("q") == (kept, 0, 0, 0), "the table in the README is wrong"


def test_jobs_of_every_state_survive_a_clean_stop_and_none_is_early(server: Server) -> None:
    broker = new_broker(server.url)
    with closing(broker):
        broker.push_many([Job("Reserved"), Job("Reserved")], "q")
        held = [taken(broker, "q"), taken(broker, "q")]
        due = time.time() + 3
        broker.later(3, Job("Delayed"), "q")
        server.restart()

        with new_broker(server.url) as newcomer:
            back = [taken(newcomer, "q") for _ in range(3)]
            assert time.time() >= due
            assert sorted((job.name, job.attempts) for job in back) == [
                ("Delayed", 1),
                ("Reserved", 2),
                ("Reserved", 2),
            ]
        assert {job.id for job in held} < {job.id for job in back}


def test_the_delays_of_days_with_nobody_there_are_over_when_somebody_comes(server: Server) -> None:
    """A worker that starts looks at every rung, however far from its turn."""
    with new_broker(server.url) as broker:
        due = time.time() + 4
        broker.later(4, Job("Late"), "q")
        broker.later(30 * 86_400, Job("Much later"), "q")
    wait_until(lambda: time.time() >= due, 10)

    with new_broker(server.url) as broker:
        assert taken(broker, "q", wait=1).name == "Late"
        assert broker.counts("q").delayed == 1
