"""Handlers by name, and functions that can be pushed as jobs."""

import functools
from collections.abc import Callable
from types import FunctionType
from typing import Any

import pytest

from linda_core import InvalidArgument, Job, Linda, Settings, UnknownHandler
from linda_core.handlers import Registration


@pytest.fixture
def app() -> Linda:
    return Linda(Settings(connection="memory://"))


def one(job: Job) -> str:
    """The first."""
    return f"one {job.id}"


def two(_job: Job) -> None: ...


async def waits(_job: Job) -> None: ...


class Awaited:
    async def __call__(self, _job: Job) -> None: ...


class Worker:
    def work(self, _job: Job) -> None: ...


def found(app: Linda, name: str) -> Registration:
    return app.handlers.find(name)


def test_a_handler_is_found_by_its_name(app: Linda) -> None:
    app.register_workers("One", one)

    assert found(app, "One").run is one
    assert app.handlers.names == ["One"]


def test_an_unknown_name_is_answered_with_those_that_are_known(app: Linda) -> None:
    with pytest.raises(UnknownHandler, match="'Three'; registered: none"):
        found(app, "Three")
    app.register_workers("Two", two)
    app.register_workers("One", one)
    with pytest.raises(UnknownHandler, match="'Three'; registered: One, Two"):
        found(app, "Three")


def test_a_name_cannot_be_taken_by_another_function(app: Linda) -> None:
    app.register_workers("One", one)

    with pytest.raises(InvalidArgument, match=r"'One' is taken by .*test_handlers\.one"):
        app.register_workers("One", two)


def test_the_same_function_may_be_registered_again_with_other_options(app: Linda) -> None:
    app.register_workers("One", one)
    app.register_workers("One", one, max_attempts=3)

    assert found(app, "One").max_attempts == 3


def test_a_module_that_is_loaded_again_replaces_its_functions(app: Linda) -> None:
    app.register_workers("One", one)
    again = FunctionType(one.__code__, globals(), one.__name__)

    app.register_workers("One", again)

    assert found(app, "One").run is again


def made(number: int) -> Callable[[Job], int]:
    def work(_job: Job) -> int:
        return number

    return work


@pytest.mark.parametrize(
    "other",
    [made(2), functools.partial(two), Worker().work, one],
    ids=["closure", "partial", "method", "function"],
)
def test_functions_without_a_name_of_their_own_are_not_taken_for_each_other(app: Linda, other: Any) -> None:
    app.register_workers("One", made(1))

    with pytest.raises(InvalidArgument, match="is taken by"):
        app.register_workers("One", other)


def test_methods_of_two_objects_are_two_functions(app: Linda) -> None:
    worker = Worker()
    app.register_workers("One", worker.work)
    app.register_workers("One", worker.work)

    with pytest.raises(InvalidArgument, match="is taken by"):
        app.register_workers("One", Worker().work)


@pytest.mark.parametrize(
    ("handler", "asynchronous"),
    [(one, False), (waits, True), (Awaited(), True), (functools.partial(waits), True), (Worker().work, False)],
    ids=["plain", "async", "object", "partial", "method"],
)
def test_what_has_to_be_awaited_is_known(app: Linda, handler: Any, *, asynchronous: bool) -> None:
    app.register_workers("One", handler)

    assert found(app, "One").asynchronous is asynchronous


@pytest.mark.parametrize("name", ["", None, 5])
def test_a_name_is_text(app: Linda, name: Any) -> None:
    with pytest.raises(InvalidArgument, match="must be non-empty text"):
        app.register_workers(name, one)


def test_a_handler_can_be_called(app: Linda) -> None:
    with pytest.raises(InvalidArgument, match="handler for 'One' is 5, which cannot be called"):
        app.register_workers("One", 5)  # type: ignore[arg-type]


@pytest.mark.parametrize("wrong", [{"max_attempts": 0}, {"max_attempts": 1.5}, {"time_limit": 0}, {"time_limit": "9"}])
def test_options_are_checked_and_name_the_handler(app: Linda, wrong: dict[str, Any]) -> None:
    ((option, value),) = wrong.items()

    with pytest.raises(InvalidArgument, match=f"{option} of 'One' {value!r} must be"):
        app.register_workers("One", one, **wrong)
    with pytest.raises(InvalidArgument, match=f"{option} of 'One' {value!r} must be"):
        app.handler("One", **wrong)(one)
    assert app.handlers.names == []


def test_a_decorated_function_is_still_itself(app: Linda) -> None:
    @app.handler
    def add(left: int, right: int) -> int:
        """Adds."""
        return left + right

    assert (add(1, 2), add(right=1, left=2)) == (3, 3)
    assert (add.name, add.__doc__) == ("add", "Adds.")
    assert found(app, "add").run(Job("add", [3], {"right": 4})) == 7


@pytest.mark.parametrize("arguments", [(), ("Add",)])
def test_the_decorator_may_be_given_a_name(app: Linda, arguments: tuple[str, ...]) -> None:
    @app.handler(*arguments, max_attempts=None)
    def add(left: int, right: int) -> int:
        return left + right

    assert add.name == (*arguments, "add")[0]
    assert found(app, add.name).max_attempts is None


def test_what_a_decorated_function_pushes_carries_its_arguments(app: Linda) -> None:
    @app.handler
    def add(left: int, right: int) -> None: ...

    with app.get_broker() as broker:
        pushed = add.push(1, right=2)
        popped = broker.pop("default", 60)

    assert popped is not None
    assert (popped.id, popped.name, popped.args, popped.kwargs) == (pushed.id, "add", [1], {"right": 2})
