"""While the broker is away a worker tries again, says so, keeps what it finished, and goes on when it is back."""

import secrets
import threading

import pytest

from linda_core import Job, constant, register_broker
from linda_core.clock import ManualClock
from linda_core.conformance import BrokerConformance, ManualHarness
from tests.dispatch.conftest import MakeProgram
from tests.dispatch.gate import Gate
from tests.dispatch.outage import AwayDriver, Outage
from tests.dispatch.program import PATIENCE, QUEUE, Program


def served(outage: Outage) -> str:
    """A URL of memory behind that outage."""

    class Served(AwayDriver):
        pass

    Served.outage = outage
    register_broker("away", Served)
    return f"away://{secrets.token_hex(8)}"


@pytest.fixture
def outage() -> Outage:
    return Outage()


@pytest.fixture
def one(program: MakeProgram, outage: Outage) -> Program:
    return program(connection=served(outage), grace=1, backoff=constant(0.01))


class TestAway(BrokerConformance):
    """While it is not away, it is a broker like any other."""

    @pytest.fixture
    def harness(self, outage: Outage) -> ManualHarness:
        return ManualHarness(served(outage))


def test_a_broker_that_is_away_at_the_start_is_waited_for(one: Program, outage: Outage) -> None:
    ran = threading.Event()
    one.app.register_workers("Job", lambda _job: ran.set())
    one.push("Job")
    outage.begin()
    one.start()

    one.eventually(lambda: outage.refused > 2)
    health = one.app.health()
    assert not health.ok
    assert "the server is away" in health.reason
    outage.end()

    assert ran.wait(PATIENCE)
    one.eventually(lambda: one.app.health().ok)


@pytest.mark.parametrize("error", [ConnectionRefusedError, ConnectionResetError])
def test_a_broker_that_goes_away_in_the_middle_is_found_again(
    one: Program, outage: Outage, error: type[OSError], caplog: pytest.LogCaptureFixture
) -> None:
    ran = threading.Semaphore(0)
    one.app.register_workers("Job", lambda _job: ran.release())
    one.start()
    one.push("Job")
    assert ran.acquire(timeout=PATIENCE)
    one.eventually(lambda: one.app.health().ok)

    outage.begin(error)
    one.eventually(lambda: not one.app.health().ok)
    outage.end()
    one.push("Job")

    assert ran.acquire(timeout=PATIENCE)
    one.eventually(lambda: one.app.health().ok)
    assert "no contact (" in caplog.text
    assert "the broker answers again" in caplog.text


def test_attempts_to_reach_it_come_at_growing_intervals(
    one: Program, outage: Outage, caplog: pytest.LogCaptureFixture
) -> None:
    outage.begin()
    one.start()
    one.eventually(lambda: outage.refused == 4)

    one.app.stop()
    pauses = [record.args[1] for record in caplog.records if "no contact" in record.msg and record.args]  # type: ignore[index]
    assert one.ended() is True
    for number, pause in enumerate(pauses[:4]):
        assert 0.05 * 2**number <= pause <= 0.1 * 2**number


def test_what_was_finished_meanwhile_is_settled_when_it_is_back_and_not_run_again(one: Program, outage: Outage) -> None:
    gate = Gate(one)
    gate.occupied()

    outage.begin()
    gate.open.set()
    one.eventually(lambda: outage.refused > 2)
    assert one.counts().reserved == 1
    assert not one.app.health().ok, "nothing can be settled, so nothing more will be consumed"
    outage.end()
    one.eventually(one.drained)

    assert gate.runs == 1
    one.eventually(lambda: one.app.health().ok)


def test_what_cannot_be_settled_makes_a_worker_unwell_while_it_has_no_room_to_ask_for_more(
    one: Program, outage: Outage
) -> None:
    gate = Gate(one)
    gate.occupied()
    one.eventually(lambda: one.app.health().ok)

    outage.begin(ConnectionResetError, unheard="delete")
    gate.open.set()
    one.eventually(lambda: outage.refused)

    one.eventually(lambda: "delete in 'work'" in one.app.health().reason)
    outage.end()
    one.eventually(lambda: one.app.health().ok)


@pytest.mark.parametrize(("ends", "verb"), [("well", "delete"), ("badly", "release"), ("for good", "bury")])
def test_a_settlement_whose_answer_was_lost_is_not_done_twice(
    one: Program, outage: Outage, ends: str, verb: str, caplog: pytest.LogCaptureFixture
) -> None:
    entered, leave = threading.Event(), threading.Event()

    def work(job: Job) -> None:
        if job.attempts == 1:
            entered.set()
            leave.wait(PATIENCE)
            if ends != "well":
                raise ValueError

    one.app.register_workers("Work", work, max_attempts=1 if ends == "for good" else 10)
    one.start()
    one.push("Work")
    assert entered.wait(PATIENCE)

    outage.begin(ConnectionResetError, unheard=verb)
    leave.set()
    one.eventually(lambda: outage.refused)
    outage.end()

    one.eventually(lambda: one.counts() == (0, 0, 0, 1 if ends == "for good" else 0))
    one.eventually(lambda: "lease lost" in caplog.text)


def test_leases_are_renewed_again_as_soon_as_it_is_back(
    program: MakeProgram, outage: Outage, clock: ManualClock
) -> None:
    one = program(clock, connection=served(outage), timeout=30, interval=1000)
    gate = Gate(one)
    gate.occupied()

    outage.begin()
    clock.advance(11)
    one.eventually(lambda: not one.app.health().ok)
    assert "touch" in one.app.health().reason
    outage.end()
    clock.advance(11)
    one.eventually(lambda: one.broker.peek(QUEUE, "reserved", 1)[0].deadline == clock.time() + 30)

    one.eventually(lambda: one.app.health().ok)
    gate.open.set()
    one.eventually(one.drained)


def test_a_stop_during_an_outage_comes_to_an_end_and_the_leases_do_the_rest(one: Program, outage: Outage) -> None:
    gate = Gate(one)
    gate.occupied()
    outage.begin()
    gate.open.set()

    assert one.stop() is False
    assert one.counts().reserved == 1


def test_what_trying_again_cannot_mend_ends_the_run_and_is_raised(program: MakeProgram) -> None:
    class Faulty(AwayDriver):
        outage = Outage()

        def reserve(self, *_arguments: object) -> list[object]:  # type: ignore[override]
            raise ZeroDivisionError("a mistake in an adapter")

    register_broker("faulty", Faulty)
    one = program(connection="faulty://")
    one.start()

    with pytest.raises(ZeroDivisionError, match="a mistake in an adapter"):
        one.ended()
    assert not one.app.health().ok


def test_a_mistake_while_settling_ends_the_run_too(program: MakeProgram) -> None:
    class Faulty(AwayDriver):
        outage = Outage()

        def delete(self, queue: str, receipts: object) -> list[int]:  # noqa: ARG002
            raise ZeroDivisionError("a mistake in an adapter")

    register_broker("faulty", Faulty)
    one = program(connection="faulty://", grace=0)
    one.app.register_workers("Work", lambda _job: None)
    one.start()
    one.push("Work")

    with pytest.raises(ZeroDivisionError, match="a mistake in an adapter"):
        one.ended()


@pytest.mark.parametrize("seconds", [15, 3600])
def test_silence_of_the_broker_is_not_taken_for_health(
    program: MakeProgram, clock: ManualClock, seconds: float
) -> None:
    class Silent(AwayDriver):
        outage = Outage()
        answer = threading.Event()

        def reserve(self, *arguments: object) -> object:  # type: ignore[override]
            if arguments[3]:  # it may wait
                self.answer.wait(PATIENCE)
            return []

        def wake(self) -> None:
            self.answer.set()

    register_broker("silent", Silent)
    one = program(clock, connection="silent://", interval=5)
    one.start()
    one.eventually(lambda: one.app.health().ok)

    clock.advance(seconds)

    assert one.app.health().reason == f"no answer from the broker for {seconds} s"


def test_health_is_told_at_once_also_while_a_connection_is_being_made(program: MakeProgram) -> None:
    connecting, go_on = threading.Event(), threading.Event()

    class Slow(AwayDriver):
        outage = Outage()

        @classmethod
        def connect(cls, url: object, clock: object) -> "Slow":
            connecting.set()
            go_on.wait(PATIENCE)
            return super().connect(url, clock)  # type: ignore[arg-type]

    register_broker("slow", AwayDriver)
    AwayDriver.outage = Outage()
    one = program(connection="slow://")
    register_broker("slow", Slow)
    one.start()
    assert connecting.wait(PATIENCE)

    assert one.app.health().reason == "the broker has not answered yet"
    go_on.set()
    one.eventually(lambda: one.app.health().ok)
