"""One job through its middleware and handler, and what came of it."""

import asyncio
import inspect
from contextlib import ExitStack

from linda_core import running
from linda_core.clock import Clock
from linda_core.dispatch.budget import Budget
from linda_core.dispatch.verdict import DONE, SetAside, Verdict, decide
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
        try:
            return self._find(job.name).asynchronous
        except UnknownHandler:
            return False

    def time_limit(self, job: Job) -> float | None:
        """How long the job's handler may run, in seconds; None for ever."""
        try:
            limit = self._find(job.name).time_limit
        except UnknownHandler:
            return None
        return self._settings.time_limit if limit is ... else limit

    def run(self, job: Job) -> Verdict:
        """Run a plain handler here and now."""
        if not self._ours(job):
            return DONE
        running.enter(job)
        try:
            handler = self._find(job.name)
            if self._middleware:
                with self._around(job):
                    handler.run(job)
            else:
                handler.run(job)
        except BaseException as error:  # noqa: BLE001 - a worker survives its handlers, SystemExit included
            return self.failed(job, error)
        return self._done(job)

    async def run_async(self, job: Job) -> Verdict:
        """Await an async handler. Raises only CancelledError: cancelling is how its time limit is enforced."""
        if not self._ours(job):
            return DONE
        running.enter(job)
        try:
            with self._around(job):
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

    def _ours(self, job: Job) -> bool:
        """Whether the lease still runs: a job that waited too long to be started is somebody else's now."""
        return job.state is State.RESERVED and job.deadline is not None and self._now() < job.deadline

    def _around(self, job: Job) -> ExitStack:
        stack = ExitStack()
        try:
            for middleware in self._middleware:
                stack.enter_context(middleware(job))
        except BaseException:
            stack.close()
            raise
        return stack

    def _done(self, job: Job) -> Verdict:
        if job.state is not State.RESERVED and job.state is not None:
            self._budget.released_itself(job)
        return DONE

    def failed(self, job: Job, error: BaseException) -> Verdict:
        """The verdict on a job whose handler ended with `error`."""
        limit = self._max_attempts(job)
        failures = self._budget.failed(job, limit)
        return decide(error, job, failures=failures, max_attempts=limit, backoff=self._settings.backoff)

    def _max_attempts(self, job: Job) -> int | None:
        try:
            registration: Registration | None = self._find(job.name)
        except UnknownHandler:
            registration = None
        if registration is None or registration.max_attempts is ...:
            return self._settings.max_attempts
        return registration.max_attempts
