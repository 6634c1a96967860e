"""One job through its middleware and handler, and what came of it."""

import asyncio
import inspect
from collections.abc import Sequence
from contextlib import ExitStack

from linda_core import running
from linda_core.clock import Clock
from linda_core.dispatch.budget import Budget
from linda_core.dispatch.verdict import DONE, UNTRIED, SetAside, Verdict, decide, undecided
from linda_core.errors import UnknownHandler
from linda_core.handlers import Handlers, Registration
from linda_core.job import Job
from linda_core.lifecycle import State
from linda_core.settings import Settings


class Execution:
    """Runs jobs, in whatever thread or task it is called. Never raises: all that a handler does ends in a verdict."""

    def __init__(self, handlers: Handlers, settings: Settings, clock: Clock) -> None:
        self._find = handlers.find
        self._now = clock.time
        self._settings = settings
        self._middleware = tuple(settings.middleware)
        self._budget = Budget()

    def is_async(self, job: Job) -> bool:
        """Whether the job's handler has to be awaited."""
        registration = self._registration(job)
        return registration is not None and registration.asynchronous

    def time_limit(self, job: Job) -> float | None:
        """How long the job's handler may run, in seconds; None for ever."""
        registration = self._registration(job)
        if registration is None or registration.time_limit is ...:
            return self._settings.time_limit
        return registration.time_limit

    def run(self, job: Job) -> Verdict:
        """Run a plain handler here and now."""
        if not self._ours(job):
            return self.untried([job])
        running.enter(job)
        try:
            if self._middleware:
                with ExitStack() as stack:
                    self._surround(job, stack)
                    self._call(job)
            else:
                self._call(job)
        except BaseException as error:  # noqa: BLE001 - a worker survives its handlers, SystemExit included
            return self.failed(job, error)
        return self._done(job)

    async def run_async(self, job: Job) -> Verdict:
        """Await an async handler. Raises only CancelledError: cancelling is how its time limit is enforced."""
        if not self._ours(job):
            return self.untried([job])
        running.enter(job)
        try:
            with ExitStack() as stack:
                self._surround(job, stack)
                result = self._find(job.name).run(job)
                if inspect.isawaitable(result):
                    await result
        except asyncio.CancelledError:
            raise
        except BaseException as error:  # noqa: BLE001 - as above
            return self.failed(job, error)
        return self._done(job)

    def lapsed(self, job: Job) -> Verdict | None:
        """Bury a job that keeps ending its workers: nobody has settled it, time after time."""
        limit = self._max_attempts(job)
        if limit is None or job.lapses < limit:
            return None
        return SetAside(
            f"handed out {job.lapses} times in a row without being settled: its workers died or lost their lease"
        )

    def untried(self, jobs: Sequence[Job]) -> Verdict:
        """The verdict on jobs that were not started, which does not count against them."""
        self._budget.untried(jobs)
        return UNTRIED

    def failed(self, job: Job, error: BaseException) -> Verdict:
        """The verdict on a job whose handler ended with `error`."""
        try:
            limit = self._max_attempts(job)
            failures = self._budget.failed(job, limit)
            return decide(error, job, failures=failures, max_attempts=limit, backoff=self._settings.backoff)
        except Exception as broken:  # noqa: BLE001 - the program's own backoff, or an exception that cannot be shown
            return undecided(broken)

    def _ours(self, job: Job) -> bool:
        """Whether the lease still runs: a job that waited too long to be started is somebody else's now."""
        deadline = job.deadline
        return deadline is not None and self._now() < deadline

    def _surround(self, job: Job, stack: ExitStack) -> None:
        for middleware in self._middleware:
            stack.enter_context(middleware(job))

    def _call(self, job: Job) -> None:
        result = self._find(job.name).run(job)
        if result is not None:
            _refuse_awaitable(result)

    def _done(self, job: Job) -> Verdict:
        if job.state is State.DELAYED or job.state is State.READY:
            self._budget.released_itself(job)
        return DONE

    def _max_attempts(self, job: Job) -> int | None:
        registration = self._registration(job)
        if registration is None or registration.max_attempts is ...:
            return self._settings.max_attempts
        return registration.max_attempts

    def _registration(self, job: Job) -> Registration | None:
        try:
            return self._find(job.name)
        except UnknownHandler:
            return None


def _refuse_awaitable(result: object) -> None:
    """A job whose coroutine nobody awaits would be deleted without having run."""
    if inspect.iscoroutine(result):
        result.close()
    if inspect.isawaitable(result):
        raise TypeError(
            f"the handler returned {type(result).__name__}, to be awaited, but is not declared with `async def`; "
            "declare it so, or run the coroutine in it"
        )
