"""A third-party broker with the six verbs of a driver and no other ability is enough to run jobs."""

import threading
from collections.abc import Sequence
from typing import Any, Self

import pytest

from linda_core import Job, driver, register_broker
from linda_core.brokers.memory import MemoryDriver, Receipt
from linda_core.clock import ManualClock
from tests.dispatch.conftest import MakeProgram
from tests.dispatch.gate import Gate
from tests.dispatch.program import PATIENCE, QUEUE, Program


class PlainDriver(driver.Driver[Receipt]):
    """Memory, through the smallest door."""

    capabilities = MemoryDriver.capabilities

    def __init__(self, memory: MemoryDriver) -> None:
        self._memory = memory

    @classmethod
    def connect(cls, url: driver.BrokerURL, clock: driver.Clock) -> Self:
        return cls(MemoryDriver.connect(url, clock))

    def push(self, queue: str, entries: Sequence[driver.Entry], delay: float) -> None:
        self._memory.push(queue, entries, delay)

    def reserve(
        self, queues: Sequence[str], limit: int, lease: float, wait: float
    ) -> Sequence[driver.Delivery[Receipt]]:
        return self._memory.reserve(queues, limit, lease, wait)

    def delete(self, queue: str, receipts: Sequence[Receipt]) -> Sequence[int]:
        return self._memory.delete(queue, receipts)

    def release(self, queue: str, receipts: Sequence[Receipt], delay: float) -> Sequence[int]:
        return self._memory.release(queue, receipts, delay)

    def wake(self) -> None:
        self._memory.wake()

    def close(self) -> None:
        self._memory.close()


@pytest.fixture
def one(program: MakeProgram, clock: ManualClock) -> Program:
    register_broker("plain", PlainDriver)
    return program(clock, connection="plain://", max_attempts=2, timeout=30)


def test_jobs_run_and_fail_and_run_again(one: Program, clock: ManualClock, caplog: pytest.LogCaptureFixture) -> None:
    ran: list[int] = []
    done = threading.Event()

    def work(job: Job) -> None:
        ran.append(job.attempts)
        if job.attempts == 1:
            raise ValueError
        done.set()

    one.app.register_workers("Work", work)
    one.start()
    one.push("Work")
    one.eventually(lambda: "again in" in caplog.text)
    clock.advance(1)

    assert done.wait(PATIENCE)
    assert ran == [1, 2]


def test_what_cannot_be_buried_comes_back_with_its_lease_and_the_log_says_so(
    one: Program, clock: ManualClock, caplog: pytest.LogCaptureFixture
) -> None:
    one.start()
    one.push("Unknown")
    one.eventually(lambda: "cannot be buried by this broker, and will run again: no handler" in caplog.text)

    clock.advance(30)
    one.eventually(lambda: caplog.text.count("cannot be buried") == 2)


def test_a_lease_that_cannot_be_renewed_ends_and_the_late_end_is_in_the_log(
    one: Program, clock: ManualClock, caplog: pytest.LogCaptureFixture
) -> None:
    gate = Gate(one)
    job = gate.occupied()

    clock.advance(30)
    again: Any = one.broker.pop(QUEUE, 30)
    gate.open.set()
    one.eventually(lambda: f"lease lost: job {job.id} (Gate) ended after its lease" in caplog.text)

    assert again.id == job.id
