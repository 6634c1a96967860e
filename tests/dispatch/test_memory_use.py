"""Memory in a worker grows with what it runs, never with what is delayed or ready."""

import gc
import threading

from linda_core import Job
from linda_core.dispatch.pace import MOST
from tests.dispatch.conftest import MakeProgram
from tests.dispatch.program import PATIENCE, QUEUE

MANY = 20_000


def jobs_held() -> int:
    return sum(1 for one in gc.get_objects() if type(one) is Job)


def test_a_worker_holds_no_more_than_its_stock_however_many_jobs_are_ready(program: MakeProgram) -> None:
    one = program(concurrency=4)
    one.broker.push_many((Job("Quick") for _ in range(MANY)), QUEUE)
    before = jobs_held()
    most = 0

    def quick(job: Job) -> None:
        nonlocal most
        if hash(job.id) % 1000 == 0:
            most = max(most, jobs_held() - before)

    one.app.register_workers("Quick", quick)
    one.start()
    one.eventually(one.drained)
    one.stop()

    assert 0 < most <= 2 * MOST + 100  # as many again may have ended in this moment
    assert jobs_held() <= before + 10


def test_a_worker_holds_nothing_of_what_is_delayed(program: MakeProgram) -> None:
    one = program()
    entered, leave = threading.Event(), threading.Event()

    def waits(_job: Job) -> None:
        entered.set()
        leave.wait(PATIENCE)

    one.app.register_workers("Waits", waits)
    before = jobs_held()
    one.broker.push_many((Job("Waits") for _ in range(MANY)), QUEUE, delay=3600)
    one.push("Waits")
    one.start()
    assert entered.wait(PATIENCE)

    assert one.counts() == (0, MANY, 1, 0)
    assert jobs_held() <= before + 10
    leave.set()
