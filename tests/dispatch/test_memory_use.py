"""Memory in a worker grows with what it runs, never with what is delayed or ready."""

import gc
import threading

from linda_core import Job
from linda_core.dispatch.pace import MOST
from tests.dispatch.conftest import MakeProgram
from tests.dispatch.gate import Gate
from tests.dispatch.program import QUEUE

MANY = 50_000
SLOTS = 4

#: Leases held: what runs, and the stock.
IN_HAND = SLOTS + MOST

#: Jobs in memory, at most. While the settler tells the broker of all that was in hand, each part of it that the broker
#: has heard of makes room for as much again. Each slot knows its last job until it has the next one, and the keeper, of
#: the threads and of the event loop, those that ran when it last looked.
ALIVE = 2 * IN_HAND + 3 * SLOTS

_counting = threading.Lock()  # to count is to hold: two counts at a time would find each other's


def jobs_held() -> int:
    with _counting:
        return sum(1 for one in gc.get_objects() if type(one) is Job)


def test_a_worker_holds_no_more_than_its_stock_however_many_jobs_are_ready(program: MakeProgram) -> None:
    one = program(concurrency=SLOTS)
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

    assert 0 < most <= ALIVE
    assert jobs_held() <= before + 2 * SLOTS


def test_a_worker_holds_nothing_of_what_is_delayed(program: MakeProgram) -> None:
    one = program()
    gate = Gate(one)
    before = jobs_held()
    one.broker.push_many((Job("Gate") for _ in range(MANY)), QUEUE, delay=3600)
    gate.occupied()

    assert one.counts() == (0, MANY, 1, 0)
    assert jobs_held() <= before + 1
    gate.open.set()
