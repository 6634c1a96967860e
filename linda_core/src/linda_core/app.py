"""Linda as an object: settings, handlers and a broker, put together and run."""

import logging
import threading
from collections.abc import Callable
from functools import partial
from types import EllipsisType
from typing import Any, ParamSpec, TypeVar, overload

from linda_core.broker import Broker, new_broker
from linda_core.clock import SYSTEM_CLOCK, Clock
from linda_core.dispatch.dispatcher import Dispatcher
from linda_core.dispatch.health import Health
from linda_core.dispatch.interrupts import stopped_by_signals
from linda_core.dispatch.supervisor import Supervisor
from linda_core.errors import InvalidArgument, Unsupported
from linda_core.handlers import Handler, Handlers, Registration, Run, is_async
from linda_core.registry import driver_for
from linda_core.settings import Settings, above_zero, from_one
from linda_core.url import BrokerURL

P = ParamSpec("P")
R = TypeVar("R")

log = logging.getLogger("linda")


class Linda:
    """One application. The functions of `linda_core` use a default one; programs with more make their own."""

    def __init__(self, settings: Settings | None = None, *, clock: Clock = SYSTEM_CLOCK) -> None:
        self.settings = _checked(settings or Settings())
        self.handlers = Handlers()
        self._clock = clock
        self._lock = threading.RLock()
        self._broker: Broker | None = None
        self._run: Dispatcher | Supervisor | None = None

    def set_settings(self, settings: Settings) -> None:
        """Use these from now on. A broker on another connection is closed and replaced at its next use.

        Raises InvalidArgument while `run` is under way: what runs was started with the settings before.
        """
        _checked(settings)
        if self._run:
            raise InvalidArgument("settings cannot change while run() is under way; stop it first")
        with self._lock:
            if self._broker and settings.connection != self.settings.connection:
                self.close()
            self.settings = settings

    def register_workers(
        self,
        name: str,
        handler: Run,
        *,
        max_attempts: int | EllipsisType | None = ...,
        time_limit: float | EllipsisType | None = ...,
    ) -> None:
        """Run jobs of this name as `handler(job)`; it may be `async def`.

        `max_attempts` and `time_limit` (seconds) replace the settings' for this name. Give a handler that ends with
        `release_with_delay` `max_attempts=None`: a periodic job that must go on for ever should not be buried. With a
        number, so many failures in a row bury it, once a process has seen it put itself back.
        """
        self._register(name, handler, handler, max_attempts, time_limit)

    @overload
    def handler(self, function: Callable[P, R], /) -> Handler[P, R]: ...

    @overload
    def handler(
        self,
        name: str | None = None,
        /,
        *,
        queue: str | None = None,
        max_attempts: int | EllipsisType | None = ...,
        time_limit: float | EllipsisType | None = ...,
    ) -> Callable[[Callable[P, R]], Handler[P, R]]: ...

    def handler(
        self,
        function: Callable[..., Any] | str | None = None,
        /,
        *,
        queue: str | None = None,
        max_attempts: int | EllipsisType | None = ...,
        time_limit: float | EllipsisType | None = ...,
    ) -> Any:
        """Register the decorated function, which is then called with the job's arguments.

        `@handler` or `@handler("Name", queue=…)`. What it returns has `.push(…)` and `.later(seconds, …)` with the
        function's own parameters; `current_job()` tells the function which job it runs.
        """

        def register(function: Callable[..., Any], name: str | None = None) -> Handler[..., Any]:
            made = Handler(self, function, name or function.__name__, queue)
            self._register(made.name, function, made.run, max_attempts, time_limit)
            return made

        if callable(function):
            return register(function)
        return partial(register, name=function)

    def _register(
        self,
        name: str,
        function: Callable[..., Any],
        run: Run,
        max_attempts: int | EllipsisType | None,
        time_limit: float | EllipsisType | None,
    ) -> None:
        if not (isinstance(name, str) and name):
            raise InvalidArgument(f"handler name {name!r} must be non-empty text: it is what jobs carry")
        if not callable(function):
            raise InvalidArgument(f"handler for {name!r} is {function!r}, which cannot be called")
        if max_attempts is not ... and max_attempts is not None:
            from_one(f"max_attempts of {name!r}", max_attempts)
        if time_limit is not ... and time_limit is not None:
            above_zero(f"time_limit of {name!r}", time_limit)
        self.handlers.add(Registration(name, run, is_async(function), max_attempts, time_limit))

    def get_broker(self) -> Broker:
        """The broker of `settings.connection`, connected at first use and shared by all threads."""
        with self._lock:
            if self._broker is None:
                self._broker = new_broker(self.settings.connection, clock=self._clock)
            return self._broker

    def close(self) -> None:
        """Close the broker, if there is one. The next use connects again."""
        with self._lock:
            broker, self._broker = self._broker, None
        if broker:
            broker.close()

    def run(self) -> bool:
        """Run jobs until `stop`, or until TERM or INT when called in the main thread.

        The first signal finishes what runs within `grace` and hands back the rest; a second one hands back now.
        Returns whether everything that was started could finish. A broker that is away is waited for, at the start
        and later; any other error ends the run and is raised.
        """
        runner = self._prepare()
        try:
            with stopped_by_signals(runner.stop):
                return runner.run()
        finally:
            self._run = None

    def stop(self) -> None:
        """End `run` gracefully; a second call hands back now what runs. From any thread; nothing runs: does nothing."""
        runner = self._run  # no lock: a thread that connects may hold it for long
        if runner:
            runner.stop()

    def health(self) -> Health:
        """Whether jobs are being consumed now, and if not, why. Never waits."""
        runner = self._run
        return runner.health() if runner else Health(ok=False, reason="not running")

    def _prepare(self) -> Dispatcher | Supervisor:
        with self._lock:
            if self._run:
                raise InvalidArgument("this Linda runs already; make another one for a second run")
            if self.settings.processes > 1:
                _refuse_private_jobs(self.settings)
                self._run = Supervisor(self._dispatcher, self.settings.processes, self.settings.grace, self._clock)
            else:
                self._run = self._dispatcher()
            return self._run

    def _dispatcher(self) -> Dispatcher:
        return Dispatcher(self.get_broker, self.handlers, self.settings, self._clock)


def _checked(settings: Settings) -> Settings:
    if not isinstance(settings, Settings):
        raise InvalidArgument(f"settings {settings!r} are not Settings; write Settings(connection=..., queue=...)")
    return settings


def _refuse_private_jobs(settings: Settings) -> None:
    url = BrokerURL.parse(settings.connection)
    if not driver_for(url.scheme).capabilities.shared:
        raise Unsupported(
            f"{url} keeps its jobs in one process, and {settings.processes} processes cannot share them; "
            "use sqlite:///linda.db, or one process with more concurrency"
        )


#: What the functions of `linda_core` work on.
default_app = Linda()
