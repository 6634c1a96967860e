"""Promise 13: connections heal. And what a restart of the server must leave."""

import threading
from collections.abc import Callable
from contextlib import suppress

import pytest

from linda_core.broker import Broker, new_broker
from linda_core.conformance.background import Background
from linda_core.conformance.declared import requires
from linda_core.conformance.harness import Harness
from linda_core.conformance.watch import HOLD, Watch
from linda_core.conformance.wire import CALLS_TO_HEAL, Wire, must_heal
from linda_core.driver import Buries, Durability
from linda_core.errors import BrokerUnavailable, ConnectionLost
from linda_core.job import Job

#: Seconds in which a Broker must find out that nobody answers any more.
NOTICE = 90.0


@pytest.mark.linda_thorough
class Healing:
    """After the server comes back, the same Broker object works again; it is never up but consuming nothing."""

    def test_a_server_that_cannot_be_reached_is_reported_and_nothing_is_done(
        self, wire: Wire, other: Broker, queue: str, watch: Watch
    ) -> None:
        with wire.proxy.refusing():
            for _ in range(CALLS_TO_HEAL - 1):  # a connection that broke while idle may leave the outcome unknown
                with pytest.raises((ConnectionLost, BrokerUnavailable)):
                    wire.broker.pop(queue, HOLD)
            with pytest.raises(BrokerUnavailable):
                wire.broker.push(Job("Refused"), queue)
            with pytest.raises(BrokerUnavailable):
                new_broker(wire.url)

        watch.nothing(other, queue, "BrokerUnavailable says that nothing was done")
        wire.heal("a server that refused connections")

    def test_a_broker_works_again_after_any_number_of_cuts(
        self, wire: Wire, other: Broker, queue: str, watch: Watch
    ) -> None:
        for number in range(10):
            wire.proxy.cut()
            wire.heal("a cut while nothing was under way")
            wire.broker.push(Job("Healed", [number]), queue)

        assert sorted(job.args[0] for job in watch.take_many(other, queue, 10)) == list(range(10))

    def test_a_waiting_pop_raises_or_goes_on_when_its_connection_is_cut(
        self, wire: Wire, other: Broker, queue: str
    ) -> None:
        waiting = Background(lambda: wire.broker.pop(queue, HOLD, wait=HOLD))
        waiting.pause(0.2)
        wire.proxy.cut()
        waiting.pause(0.2)
        job = Job("Awaited")
        other.push(job, queue)

        _must_get(waiting, wire.broker, queue, job, "a pop whose connection was cut waits for ever")

    def test_a_waiting_pop_notices_that_nobody_answers(self, wire: Wire, other: Broker, queue: str) -> None:
        waiting = Background(lambda: wire.broker.pop(queue, HOLD, wait=HOLD))
        waiting.pause(0.2)
        wire.proxy.deafen()
        job = Job("Awaited")
        other.push(job, queue)

        _must_get(
            waiting,
            wire.broker,
            queue,
            job,
            "a pop waits for ever on a connection that is half open: consuming nothing",
        )

    def test_a_call_notices_that_nobody_answers(self, wire: Wire, other: Broker, queue: str, watch: Watch) -> None:
        wire.proxy.deafen()
        calling = Background(lambda: wire.broker.push(Job("Unheard"), queue))
        try:
            calling.result("a push hangs on a connection that is half open", NOTICE)
        except (ConnectionLost, BrokerUnavailable):
            watch.nothing(other, queue, "no byte of its push has reached the server")
        else:
            watch.take(other, queue)
        wire.heal("a half-open connection")

    def test_a_slow_answer_is_no_lost_one(self, wire: Wire, other: Broker, queue: str, watch: Watch) -> None:
        with wire.proxy.stalled():
            calling = Background(lambda: wire.broker.push(Job("Slow"), queue))
            calling.pause(0.3)
            assert not calling.done, "a push returned before the server can have heard of it"
        calling.result("a push did not go on after a stall")

        watch.take(other, queue)

    @requires(returns_at_once=True)
    def test_a_cut_off_holders_job_returns_at_once(self, wire: Wire, other: Broker, queue: str, watch: Watch) -> None:
        wire.broker.push(Job("Held"), queue)
        held = watch.take(wire.broker, queue)
        wire.proxy.cut()

        assert watch.comes(other, queue, watch.now()).id == held.id, "returns_at_once is declared"


def _must_get(waiting: Background[Job | None], broker: Broker, queue: str, job: Job, otherwise: str) -> None:
    """Whether the waiting pop has raised or healed: the same Broker must be able to take the job."""
    try:
        taken = waiting.result(otherwise, NOTICE)
    except (ConnectionLost, BrokerUnavailable):
        taken = None
        must_heal(broker, "a waiting pop that broke")
    taken = taken or broker.pop(queue, HOLD, wait=10)
    assert taken is not None, f"job {job.id} did not reach a Broker whose connection had healed"
    assert taken.id == job.id


@pytest.mark.linda_thorough
class Restarts:
    """A restart of the server loses nothing that it is declared to keep, and needs no restart of anybody else."""

    @pytest.fixture
    def restart(self, harness: Harness) -> Callable[[], None]:
        """Kills the server, and starts it again."""
        if harness.restart is None:
            pytest.skip("harness: nobody told the kit how to restart this server")
        return harness.restart

    @requires(durability=Durability.CRASH)
    def test_jobs_of_every_state_survive(
        self, restart: Callable[[], None], broker: Broker, queue: str, harness: Harness, watch: Watch
    ) -> None:
        broker.push_many([Job("ready") for _ in range(100)], queue)
        expected = {"ready", "reserved", "delayed"}
        due = watch.now() + harness.lease
        broker.later(harness.lease, Job("delayed"), f"{queue}.delayed")
        broker.push(Job("reserved"), f"{queue}.reserved")
        watch.take(broker, f"{queue}.reserved", harness.lease)
        if broker.supports(Buries):
            broker.push(Job("buried"), f"{queue}.buried")
            broker.bury(f"{queue}.buried", watch.take(broker, f"{queue}.buried"), "broken")
            expected.add("buried")
        restart()

        with harness.connect() as newcomer:
            assert len(watch.take_many(newcomer, queue, 100)) == 100
            if newcomer.supports(Buries):
                newcomer.kick(f"{queue}.buried", 1)
            for state in sorted(expected - {"ready"}):
                job = watch.comes(newcomer, f"{queue}.{state}", due if state != "buried" else watch.now())
                assert job.name == state
                assert job.attempts == 1 + (state != "delayed"), f"a restart changed the attempts of a {state} job"

    @requires(durability=Durability.CRASH)
    def test_what_was_accepted_until_the_crash_is_kept(
        self, restart: Callable[[], None], broker: Broker, queue: str, harness: Harness, watch: Watch
    ) -> None:
        accepted: list[str] = []
        over = threading.Event()

        def produce() -> None:
            while not over.is_set():  # a client may well wait until its server is back
                job = Job("Kept")
                broker.push(job, queue)
                accepted.append(job.id)

        producing = Background(produce)
        producing.pause(0.2)
        restart()
        over.set()
        with suppress(ConnectionLost, BrokerUnavailable):
            producing.result("a push hangs after its server was killed")

        with harness.connect() as newcomer:
            kept = {job.id for job in watch.drain(newcomer, queue, len(accepted))}
        lost = set(accepted) - kept
        assert not lost, f"{len(lost)} of {len(accepted)} accepted jobs are gone, although durability=crash is declared"

    def test_the_same_broker_works_again(self, restart: Callable[[], None], broker: Broker, queue: str) -> None:
        broker.push(Job("Before"), queue)
        waiting = Background(lambda: broker.pop(f"{queue}.waiting", HOLD, wait=HOLD))
        waiting.pause(0.2)
        restart()

        must_heal(broker, "a restart of the server")
        job = Job("After")
        broker.push(job, f"{queue}.waiting")
        _must_get(waiting, broker, f"{queue}.waiting", job, "a pop waits for ever although its server was restarted")
