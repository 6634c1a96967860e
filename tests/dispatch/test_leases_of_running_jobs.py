"""A lease lasts as long as its job runs, and no longer than its time limit allows."""

import asyncio
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import ClassVar

import pytest

from linda_core import Job, constant, driver, register_broker
from linda_core.brokers.memory import MemoryDriver, Receipt, Store
from linda_core.clock import ManualClock
from linda_core.dispatch.runner import Finished
from tests.dispatch.conftest import MakeProgram
from tests.dispatch.gate import Gate
from tests.dispatch.program import PATIENCE, QUEUE, Program
from tests.servers.server import Server

LEASE = 30.0


def deadline(one: Program) -> float:
    (job,) = one.broker.peek(QUEUE, "reserved", 1)
    assert job.deadline is not None
    return job.deadline


def renewed(one: Program, clock: ManualClock) -> None:
    """Lets a third of the lease pass, and waits for its renewal."""
    clock.advance(LEASE / 3)
    one.eventually(lambda: deadline(one) == clock.time() + LEASE)


@pytest.mark.parametrize("connection", ["memory://five-leases", "sqlite:///{}/linda.db"])
def test_a_job_that_runs_for_five_leases_runs_once(
    program: MakeProgram, clock: ManualClock, tmp_path: Path, connection: str
) -> None:
    connection = connection.format(tmp_path)
    one = program(clock, timeout=LEASE, connection=connection)
    other = program(clock, timeout=LEASE, connection=connection)
    gates = Gate(one), Gate(other)
    one.start()
    one.push("Gate")
    gates[0].reached()
    other.start()

    for _ in range(15):
        renewed(one, clock)
    gates[0].open.set()
    one.eventually(one.drained)

    assert (gates[0].runs, gates[1].runs) == (1, 0)


def test_a_job_that_runs_for_five_leases_of_a_server_runs_once(
    program: MakeProgram, redis_server: Server, queue: str
) -> None:
    one = program(timeout=0.3, connection=redis_server.url, queue=queue, concurrency=2)
    runs: list[int] = []
    ended = threading.Event()

    @one.app.handler
    def slow() -> None:
        runs.append(1)
        threading.Event().wait(1.5)
        ended.set()

    one.start()
    slow.push()

    assert ended.wait(PATIENCE)
    one.eventually(lambda: one.broker.counts(queue) == (0, 0, 0, 0))
    assert len(runs) == 1


def test_an_async_job_keeps_its_lease_even_when_it_blocks_the_loop(program: MakeProgram, clock: ManualClock) -> None:
    one = program(clock, timeout=LEASE)
    gate = Gate(one)

    @one.app.handler
    async def blocks() -> None:
        gate.run(Job("Gate"))

    one.start()
    blocks.push()
    gate.reached()

    for _ in range(4):
        renewed(one, clock)
    gate.open.set()
    one.eventually(one.drained)


def test_a_lease_that_was_lost_is_in_the_log_and_the_late_end_changes_nothing(
    program: MakeProgram, clock: ManualClock, caplog: pytest.LogCaptureFixture
) -> None:
    one = program(clock, timeout=LEASE)
    gate = Gate(one)
    job = gate.occupied()

    one.broker.purge(QUEUE)
    clock.advance(LEASE / 3)
    one.eventually(lambda: f"lease lost: job {job.id} (Gate) may run elsewhere as well" in caplog.text)
    other = one.push("Other")
    held = one.broker.pop(QUEUE, 1000)
    gate.open.set()
    one.stop()

    assert held is not None
    assert held.id == other.id
    assert one.counts().reserved == 1


def test_a_plain_handler_past_its_time_limit_loses_its_lease_to_another_consumer(
    program: MakeProgram, clock: ManualClock, caplog: pytest.LogCaptureFixture
) -> None:
    one = program(clock, timeout=LEASE)
    gate = Gate(one, time_limit=2.5 * LEASE)
    job = gate.occupied()
    for _ in range(7):
        renewed(one, clock)
    last = deadline(one)

    clock.advance(LEASE / 3)
    one.eventually(lambda: f"job {job.id} (Gate) runs past its time limit" in caplog.text)
    assert deadline(one) == last
    clock.advance(LEASE)
    taken = one.broker.pop(QUEUE, 1000)
    gate.open.set()
    one.stop()

    assert taken is not None
    assert (taken.id, taken.attempts) == (job.id, 2)
    assert one.counts().reserved == 1, "the late end took the job from its new holder"


class HeldTooLong(Exception):
    """What the server of the next driver says."""


class BoundedDriver(MemoryDriver):
    """Memory that leaves a job to nobody for longer than four leases."""

    errors: ClassVar[Mapping[type[Exception], type[driver.LindaError]]] = {HeldTooLong: driver.LimitExceeded}

    def __init__(self, store: Store, clock: driver.Clock) -> None:
        super().__init__(store, clock)
        self._since: dict[Receipt, float] = {}

    def reserve(
        self, queues: Sequence[str], limit: int, lease: float, wait: float
    ) -> Sequence[driver.Delivery[Receipt]]:
        reserved = super().reserve(queues, limit, lease, wait)
        self._since.update((delivery.receipt, self._clock.time()) for delivery in reserved)
        return reserved

    def touch(self, queue: str, receipts: Sequence[Receipt], lease: float) -> Sequence[int]:
        if self._clock.time() + lease > min(self._since[receipt] for receipt in receipts) + 4 * LEASE:
            raise HeldTooLong
        return super().touch(queue, receipts, lease)


def test_a_job_that_the_broker_lets_nobody_keep_is_set_aside_and_the_worker_goes_on(
    program: MakeProgram, clock: ManualClock, caplog: pytest.LogCaptureFixture
) -> None:
    register_broker("bounded", BoundedDriver)
    one = program(clock, connection="bounded://", timeout=LEASE, concurrency=2)
    gate = Gate(one)
    long = gate.occupied()
    for _ in range(4):
        renewed(one, clock)
    one.push("Gate")
    one.eventually(lambda: gate.runs == 2)
    for _ in range(5):
        renewed(one, clock)

    clock.advance(LEASE / 3)
    buried = one.buried()
    one.eventually(lambda: deadline(one) == clock.time() + LEASE)
    gate.open.set()
    one.eventually(lambda: one.counts() == (0, 0, 0, 1))
    one.stop()

    assert f"job {long.id} (Gate) still runs, and cannot be kept any longer" in caplog.text
    assert (buried.id, buried.attempts) == (long.id, 1)
    assert "longer than the broker lets anybody keep a job" in buried.reason


def test_an_async_handler_past_its_time_limit_is_cancelled_and_runs_again(
    program: MakeProgram, clock: ManualClock, caplog: pytest.LogCaptureFixture
) -> None:
    one = program(clock, max_attempts=2, backoff=constant(5.0))
    cleaned_up: list[int] = []

    @one.app.handler(time_limit=0.05)
    async def slow() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            cleaned_up.append(1)

    one.start()
    slow.push()
    one.eventually(lambda: one.counts().delayed)
    clock.advance(5)

    assert "TimeLimitExceeded: ran longer than its time limit of 0.05 s" in one.buried().reason
    assert len(cleaned_up) == 2
    assert "again in 5 s" in caplog.text


def test_a_timeout_of_the_handlers_own_is_not_taken_for_the_time_limit(program: MakeProgram) -> None:
    one = program(max_attempts=1, time_limit=60)

    @one.app.handler
    async def impatient() -> None:
        async with asyncio.timeout(0):
            await asyncio.Event().wait()

    one.start()
    impatient.push()

    assert "time limit" not in one.buried().reason


def test_a_job_whose_lease_ran_out_in_stock_goes_back_unrun_and_undeleted(
    program: MakeProgram, clock: ManualClock
) -> None:
    one = program(clock, timeout=LEASE)
    ran: list[Job] = []
    one.app.register_workers("Late", ran.append)
    dispatcher = one.app._dispatcher()
    one.push("Late")
    (job,) = one.broker.pop_many(QUEUE, LEASE, 1)
    job.deadline = clock.time()  # as when this machine's clock was set forward, which the broker's was not

    verdict = dispatcher._crew._execution.run(job)
    dispatcher._settler._settle([Finished(job, verdict)])

    assert not ran
    assert one.counts().ready == 1


def test_a_job_that_nobody_ever_settles_is_buried_without_being_run(program: MakeProgram, clock: ManualClock) -> None:
    one = program(clock, max_attempts=3)
    ran: list[Job] = []
    one.app.register_workers("Killer", ran.append)
    one.push("Killer")
    for _ in range(3):  # as by processes that it killed
        assert one.broker.pop(QUEUE, LEASE)
        clock.advance(LEASE)
    one.start()

    buried = one.buried()

    assert not ran
    assert buried.reason.startswith("handed out 3 times in a row without being settled")


def test_two_lapses_are_forgiven(program: MakeProgram, clock: ManualClock) -> None:
    one = program(clock, max_attempts=3)
    one.app.register_workers("Unlucky", lambda _job: None)
    one.push("Unlucky")
    for _ in range(2):
        assert one.broker.pop(QUEUE, LEASE)
        clock.advance(LEASE)
    one.start()

    one.eventually(one.drained)
