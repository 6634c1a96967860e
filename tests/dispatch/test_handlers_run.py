"""A job is run by the handler of its name: in a thread when it is plain, on the event loop when it is async."""

import asyncio
import threading

from linda_core import Job, current_job
from linda_core.brokers.memory import MemoryDriver
from linda_core.clock import SYSTEM_CLOCK
from linda_core.driver import Entry
from tests.dispatch.conftest import MakeProgram
from tests.dispatch.program import PATIENCE, QUEUE


def test_a_plain_handler_gets_the_job_in_a_thread_and_the_job_is_gone_when_it_returns(program: MakeProgram) -> None:
    one = program()
    seen: list[tuple[Job, str]] = []
    one.app.register_workers("Plain", lambda job: seen.append((job, threading.current_thread().name)))
    one.start()

    pushed = one.push("Plain", "an argument")
    one.eventually(one.drained)

    ((job, thread),) = seen
    assert (job.id, job.args, job.attempts) == (pushed.id, ["an argument"], 1)
    assert thread == "linda-worker-0"


def test_async_handlers_run_at_once_on_one_event_loop(program: MakeProgram) -> None:
    one = program(concurrency=3)
    loops: list[asyncio.AbstractEventLoop] = []

    @one.app.handler
    async def meet() -> None:
        loops.append(asyncio.get_running_loop())
        while len(loops) < 3:
            await asyncio.sleep(0)

    one.start()
    for _ in range(3):
        meet.push()
    one.eventually(one.drained)

    assert len(set(loops)) == 1


def test_plain_handlers_run_at_once_as_many_as_concurrency_says(program: MakeProgram) -> None:
    one = program(concurrency=3)
    meeting = threading.Barrier(3)
    one.app.register_workers("Meet", lambda _job: meeting.wait(PATIENCE))
    one.start()

    for _ in range(3):
        one.push("Meet")
    one.eventually(one.drained)

    assert not meeting.broken


def test_a_decorated_handler_gets_the_arguments_of_its_push(program: MakeProgram) -> None:
    one = program()
    seen: list[object] = []

    @one.app.handler("Renamed", queue=QUEUE)
    def add(left: int, *, right: int) -> int:
        seen.append((left, right))
        return left + right

    one.start()
    job = add.push(1, right=2)
    one.eventually(one.drained)

    assert (job.name, seen) == ("Renamed", [(1, 2)])
    assert add(3, right=4) == 7


def test_a_decorated_handler_can_be_pushed_for_later(program: MakeProgram) -> None:
    one = program()

    @one.app.handler
    def add(left: int, right: int) -> None: ...

    job = add.later(60, 1, right=2)

    assert one.counts().delayed == 1
    assert one.broker.peek(QUEUE, "delayed", 1)[0].kwargs == {"right": 2} == job.kwargs


def test_current_job_is_the_job_of_the_thread_that_asks(program: MakeProgram) -> None:
    one = program(concurrency=2)
    meeting = threading.Barrier(2)
    seen: dict[str, Job | None] = {}

    @one.app.handler
    def ask(name: str) -> None:
        meeting.wait(PATIENCE)
        seen[name] = current_job()

    one.start()
    pushed = {name: ask.push(name).id for name in ("one", "other")}
    one.eventually(one.drained)

    assert {name: job and job.id for name, job in seen.items()} == pushed
    assert current_job() is None


def test_current_job_is_the_job_of_the_task_that_asks(program: MakeProgram) -> None:
    one = program(concurrency=2)
    seen: dict[str, Job | None] = {}
    arrived: list[str] = []

    @one.app.handler
    async def ask(name: str) -> None:
        arrived.append(name)
        while len(arrived) < 2:
            await asyncio.sleep(0)
        seen[name] = current_job()

    one.start()
    pushed = {name: ask.push(name).id for name in ("one", "other")}
    one.eventually(one.drained)

    assert {name: job and job.id for name, job in seen.items()} == pushed


def test_a_class_nobody_registered_is_buried_with_the_names_that_are(program: MakeProgram) -> None:
    one = program()
    one.app.register_workers("Known", lambda _job: None)
    one.start()

    one.push("Unknown")

    assert one.buried().reason == "no handler is registered for 'Unknown'; registered: Known"


def test_what_cannot_be_decoded_is_buried_and_the_worker_goes_on(program: MakeProgram) -> None:
    one = program()
    ran = threading.Event()
    one.app.register_workers("Fine", lambda _job: ran.set())
    foreign = MemoryDriver.connect(one.broker.url, SYSTEM_CLOCK)
    foreign.push(QUEUE, [Entry("foreign", b"\xff not a job")], 0)
    one.push("Fine")
    one.start()

    assert ran.wait(PATIENCE)
    assert "not a Linda envelope" in one.buried().reason


def test_a_handler_that_returns_a_coroutine_without_being_async_fails_instead_of_being_lost(
    program: MakeProgram,
) -> None:
    one = program(max_attempts=1)

    async def work() -> None: ...

    one.app.register_workers("Wrapped", lambda _job: work())
    one.start()
    one.push("Wrapped")

    assert "async def" in one.buried().reason
