"""Async handlers on one event loop, in a thread of its own."""

import asyncio
import logging
import threading
from collections import deque
from collections.abc import Sequence

from linda_core.clock import Clock
from linda_core.dispatch.execution import Execution
from linda_core.dispatch.runner import Finished, Outbox, Started
from linda_core.errors import TimeLimitExceeded
from linda_core.job import Job

log = logging.getLogger("linda.event_loop")


class EventLoop:
    """Runs coroutines; the thread starts with the first job. All state but the stock belongs to the loop's thread."""

    def __init__(self, concurrency: int, execution: Execution, outbox: Outbox, clock: Clock) -> None:
        self._concurrency = concurrency
        self._execution = execution
        self._outbox = outbox
        self._clock = clock
        self._stock: deque[Job] = deque()
        self._tasks: dict[asyncio.Task[None], Started] = {}
        self._loop: asyncio.AbstractEventLoop | None = None
        self._stopping = False

    def submit(self, jobs: Sequence[Job]) -> None:
        """Called by one thread at a time."""
        if self._loop is None:
            self._loop = asyncio.new_event_loop()
            threading.Thread(target=self._serve, args=(self._loop,), name="linda-async", daemon=True).start()
        self._stock.extend(jobs)
        self._loop.call_soon_threadsafe(self._fill)

    def take_back(self, most: int) -> list[Job]:
        """May race with the loop: each job goes to exactly one of them."""
        taken: list[Job] = []
        while len(taken) < most and (job := self._next()):
            taken.append(job)
        return taken

    def stock(self) -> int:
        return len(self._stock)

    def started(self) -> list[Started]:
        return list(self._tasks.values())

    def stop(self) -> None:
        if self._loop:
            self._loop.call_soon_threadsafe(self._stop)

    def _serve(self, loop: asyncio.AbstractEventLoop) -> None:
        asyncio.set_event_loop(loop)
        while not self._over:
            try:
                loop.run_forever()
            except (SystemExit, KeyboardInterrupt):  # raised by a task that a handler left behind
                log.exception("a background task of a handler tried to end the program; the event loop goes on")
        loop.run_until_complete(loop.shutdown_asyncgens())
        loop.run_until_complete(loop.shutdown_default_executor())
        loop.close()

    def _fill(self) -> None:
        while len(self._tasks) < self._concurrency and (job := self._next()):
            task = asyncio.get_running_loop().create_task(self._run(job))
            self._tasks[task] = Started(job, self._clock.monotonic())
            task.add_done_callback(self._ended)

    def _next(self) -> Job | None:
        try:
            return self._stock.popleft()
        except IndexError:  # somebody else was faster
            return None

    def _ended(self, task: asyncio.Task[None]) -> None:
        del self._tasks[task]
        self._fill()
        self._end_if_over()

    def _stop(self) -> None:
        self._stopping = True
        self._end_if_over()

    @property
    def _over(self) -> bool:
        return self._stopping and not self._tasks

    def _end_if_over(self) -> None:
        if self._over:
            asyncio.get_running_loop().stop()

    async def _run(self, job: Job) -> None:
        since = self._clock.monotonic()
        limit = self._execution.time_limit(job)
        try:
            async with asyncio.timeout(limit):
                verdict = await self._execution.run_async(job)
        except TimeoutError:
            error = TimeLimitExceeded(f"ran longer than its time limit of {limit} s")
            verdict = self._execution.failed(job, error)
        except asyncio.CancelledError as error:  # raised by the handler itself: nobody else cancels
            verdict = self._execution.failed(job, error)
        self._outbox.put(Finished(job, verdict, self._clock.monotonic() - since))
