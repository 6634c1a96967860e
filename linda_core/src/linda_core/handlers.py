"""Which function runs which job."""

import functools
import inspect
from collections.abc import Callable
from dataclasses import dataclass
from types import EllipsisType
from typing import TYPE_CHECKING, Any, Generic, ParamSpec, TypeVar, cast

from linda_core.errors import InvalidArgument, UnknownHandler
from linda_core.job import Job

if TYPE_CHECKING:
    from linda_core.app import Linda

P = ParamSpec("P")
R = TypeVar("R")

#: Takes the job; what it returns is ignored. May be `async def`.
Run = Callable[[Job], object]


@dataclass(frozen=True, slots=True)
class Registration:
    """A handler as the dispatcher sees it. An Ellipsis leaves the choice to the settings."""

    name: str
    run: Run
    asynchronous: bool
    max_attempts: int | EllipsisType | None = ...
    time_limit: float | EllipsisType | None = ...


class Handlers:
    """Handlers by the name that jobs carry."""

    def __init__(self) -> None:
        self._by_name: dict[str, Registration] = {}

    def add(self, registration: Registration) -> None:
        """Raises InvalidArgument for a name that is taken by another function."""
        known = self._by_name.get(registration.name)
        if known and not _same(known.run, registration.run):
            raise InvalidArgument(
                f"handler name {registration.name!r} is taken by {_place(known.run)}; give this one another name"
            )
        self._by_name[registration.name] = registration

    def find(self, name: str) -> Registration:
        """Raises UnknownHandler, naming those that are registered."""
        try:
            return self._by_name[name]
        except KeyError:
            known = ", ".join(sorted(self._by_name)) or "none"
            raise UnknownHandler(f"no handler is registered for {name!r}; registered: {known}") from None

    @property
    def names(self) -> list[str]:
        """All names, sorted."""
        return sorted(self._by_name)


class Handler(Generic[P, R]):
    """A function registered with `@handler`: call it as before, or push it as a job with typed arguments."""

    def __init__(self, app: "Linda", function: Callable[P, R], name: str, queue: str | None) -> None:
        self.name = name
        self.function = function
        self.queue = queue
        self._app = app
        functools.update_wrapper(self, function)

    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> R:
        """Run the function here and now; no job is involved."""
        return self.function(*args, **kwargs)

    def push(self, *args: P.args, **kwargs: P.kwargs) -> Job:
        """Push a job that calls the function with these arguments; raises what `Broker.push` raises."""
        job = Job(self.name, args, kwargs)
        self._app.get_broker().push(job, self._queue)
        return job

    def later(self, delay: float, /, *args: P.args, **kwargs: P.kwargs) -> Job:
        """The same, `delay` seconds from now."""
        job = Job(self.name, args, kwargs)
        self._app.get_broker().later(delay, job, self._queue)
        return job

    def run(self, job: Job) -> object:
        """Call the function with the job's arguments."""
        function = cast("Callable[..., object]", self.function)  # the types were checked where it was pushed
        return function(*job.args, **job.kwargs)

    @property
    def _queue(self) -> str:
        return self.queue or self._app.settings.queues[0]


def is_async(function: Callable[..., Any]) -> bool:
    """Whether calling `function` gives something to await."""
    return inspect.iscoroutinefunction(function) or inspect.iscoroutinefunction(
        getattr(function, "__call__", None)  # noqa: B004 - an object whose __call__ is async
    )


def _same(one: Run, other: Run) -> bool:
    """Whether these are one function, if only its module was loaded again."""
    if one == other:
        return True
    functions = _function(one), _function(other)
    lasting = all(inspect.isfunction(function) and "<" not in function.__qualname__ for function in functions)
    return lasting and _place(one) == _place(other)


def _function(run: Run) -> Callable[..., object]:
    """What was decorated or registered."""
    owner = getattr(run, "__self__", None)
    return owner.function if isinstance(owner, Handler) else run


def _place(run: Run) -> str:
    function = _function(run)
    return f"{getattr(function, '__module__', '?')}.{getattr(function, '__qualname__', repr(function))}"
