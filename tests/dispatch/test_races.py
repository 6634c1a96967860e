"""Many threads want the same job at the same moment: one of them has it, and no thread dies of it."""

import random
import sys
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from functools import partial

import pytest

from linda_core import Job, LeaseLost, Linda, State, constant
from linda_core.clock import SYSTEM_CLOCK, ManualClock
from linda_core.dispatch.event_loop import EventLoop
from linda_core.dispatch.execution import Execution
from linda_core.dispatch.runner import Finished, Outbox
from linda_core.dispatch.threads import Threads
from linda_core.dispatch.verdict import DONE
from linda_core.handlers import Handlers
from linda_core.settings import Settings
from tests.dispatch.conftest import MakeProgram
from tests.dispatch.program import PATIENCE, QUEUE

INTERLEAVINGS = 1000


@pytest.fixture(autouse=True)
def hectic() -> Iterator[None]:
    """Threads take turns as often as they can."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(before)


def at_once(*actions: Callable[[], object]) -> None:
    """All of them, started together, in threads of their own."""
    start = threading.Barrier(len(actions))

    def act(action: Callable[[], object]) -> None:
        start.wait(PATIENCE)
        action()

    threads = [threading.Thread(target=act, args=(action,)) for action in actions]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(PATIENCE)


def test_a_handler_may_settle_its_job_while_its_lease_is_being_renewed(program: MakeProgram) -> None:
    one = program()
    keeper = one.app._dispatcher()._settler._keeper
    broker = one.app.get_broker()
    outcomes: Counter[object] = Counter()

    for number in range(INTERLEAVINGS):
        broker.push(Job("Mine", id=f"{number}"), QUEUE)
        (job,) = broker.pop_many(QUEUE, 60, 1)

        def settle(job: Job = job) -> None:
            broker.release_with_delay(QUEUE, job, 500)

        at_once(settle, partial(keeper._touch, QUEUE, [job]))
        outcomes[job.state] += 1

    assert one.counts() == (0, INTERLEAVINGS, 0, 0)
    assert set(outcomes) <= {State.DELAYED, None}


def test_two_who_settle_one_job_settle_it_once(program: MakeProgram) -> None:
    one = program()
    broker = one.app.get_broker()
    lost: list[LeaseLost] = []

    def tries(settle: Callable[[], None]) -> Callable[[], None]:
        def attempt() -> None:
            try:
                settle()
            except LeaseLost as error:
                lost.append(error)

        return attempt

    for number in range(INTERLEAVINGS):
        broker.push(Job("Mine", id=f"{number}"), QUEUE)
        (job,) = broker.pop_many(QUEUE, 60, 1)
        at_once(tries(partial(broker.delete, QUEUE, job)), tries(partial(broker.bury, QUEUE, job, "instead")))

    assert len(lost) == INTERLEAVINGS
    counts = one.counts()
    assert (counts.ready, counts.delayed, counts.reserved) == (0, 0, 0)


@pytest.mark.parametrize("kind", [Threads, EventLoop])
def test_stock_that_is_taken_back_is_not_started_and_the_rest_is(kind: type[Threads] | type[EventLoop]) -> None:
    ran: list[str] = []
    app = Linda(Settings())

    async def work(job: Job) -> None:
        ran.append(job.id)

    app.register_workers("Threads", lambda job: ran.append(job.id))
    app.register_workers("EventLoop", work)
    outbox: Outbox = Outbox()
    runner = kind(4, Execution(app.handlers, app.settings, SYSTEM_CLOCK), outbox, SYSTEM_CLOCK)
    chance = random.Random(4)
    taken: list[str] = []
    submitted = 0

    for _ in range(INTERLEAVINGS):
        some = [Job(kind.__name__) for _ in range(chance.randrange(1, 8))]
        for job in some:
            job.state, job.deadline = State.RESERVED, float("inf")
        submitted += len(some)
        runner.submit(some)
        taken += [job.id for job in runner.take_back(chance.randrange(8))]
    finished = [outbox.get(timeout=PATIENCE) for _ in range(submitted - len(taken))]
    runner.stop()

    assert not set(ran) & set(taken)
    assert len(set(ran)) == len(ran) == len(finished)
    assert len(ran) + len(taken) == submitted


def test_threads_end_even_when_their_stock_is_taken_back_at_that_moment() -> None:
    before = set(threading.enumerate())
    for _ in range(100):
        outbox: Outbox = Outbox()
        threads = Threads(3, Execution(Handlers(), Settings(), SYSTEM_CLOCK), outbox, SYSTEM_CLOCK)
        threads.submit([Job("Nobody") for _ in range(5)])
        at_once(threads.stop, *[partial(threads.take_back, 10)] * 3)
        threads.take_back(10)

    for thread in set(threading.enumerate()) - before:
        thread.join(PATIENCE)
        assert not thread.is_alive()


def test_a_job_that_is_in_hand_twice_is_settled_by_its_last_reservation(
    program: MakeProgram, clock: ManualClock
) -> None:
    one = program(clock, concurrency=2, timeout=30)
    dispatcher = one.app._dispatcher()
    broker = one.app.get_broker()
    one.push("Twice")
    (old,) = broker.pop_many(QUEUE, 30, 1)
    clock.advance(30)
    (new,) = broker.pop_many(QUEUE, 30, 1)

    broker.push(Job("Other"), QUEUE)
    (other,) = broker.pop_many(QUEUE, 30, 1)
    kept = dispatcher._settler._settle([Finished(job, DONE) for job in (old, new, other)])

    assert not kept
    assert one.drained()


def test_every_job_runs_while_handlers_settle_stops_come_and_leases_are_short(program: MakeProgram) -> None:
    one = program(concurrency=8, timeout=0.06, grace=0, max_attempts=None, backoff=constant(0.01))
    done: Counter[str] = Counter()
    chance = random.Random(8)

    def work(job: Job) -> None:
        done[job.id] += 1
        if done[job.id] == 1 and chance.random() < 0.3:
            one.app.get_broker().release_with_delay(QUEUE, job, 0.01)
        elif chance.random() < 0.1:
            raise ValueError

    one.app.register_workers("Work", work)
    jobs = [Job("Work") for _ in range(2000)]
    one.broker.push_many(jobs, QUEUE)
    for round_ in range(10):
        one.start()
        threading.Event().wait(0.01 * round_)
        one.stop()
    one.start()
    one.eventually(one.drained)

    assert set(done) == {job.id for job in jobs}
