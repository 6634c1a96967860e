"""Settings are checked when they are made, by name and value."""

import dataclasses
from typing import Any

import pytest

from linda_core import InvalidArgument, Settings


def test_the_defaults_are_those_of_the_contract() -> None:
    settings = Settings()

    assert (settings.queue, settings.connection) == ("default", "sqlite:///linda.db")
    assert (settings.timeout, settings.interval, settings.concurrency) == (60.0, 5.0, 1)


@pytest.mark.parametrize(
    ("queue", "queues"), [("one", ("one",)), (["one", "two"], ("one", "two")), (["one", "two", "one"], ("one", "two"))]
)
def test_queues_are_in_order_of_priority(queue: Any, queues: tuple[str, ...]) -> None:
    assert Settings(queue=queue).queues == queues


@pytest.mark.parametrize("value", [0, -1, float("nan"), float("inf"), "60", None, True])
@pytest.mark.parametrize("name", ["timeout", "interval", "time_limit"])
def test_durations_are_finite_numbers_above_0(name: str, value: Any) -> None:
    if name == "time_limit" and value is None:
        assert Settings(time_limit=None).time_limit is None
        return
    with pytest.raises(InvalidArgument, match=f"{name} {value!r} must be a finite number of seconds above 0"):
        Settings(**{name: value})


@pytest.mark.parametrize("value", [-1, float("nan"), float("inf"), "30", None])
def test_grace_may_be_0_but_not_less(value: Any) -> None:
    assert Settings(grace=0).grace == 0
    with pytest.raises(InvalidArgument, match=f"grace {value!r} must be a finite number of seconds from 0 up"):
        Settings(grace=value)


@pytest.mark.parametrize("value", [0, -1, 1.5, "2", True])
@pytest.mark.parametrize("name", ["concurrency", "processes", "max_attempts"])
def test_counts_are_whole_numbers_from_1_up(name: str, value: Any) -> None:
    with pytest.raises(InvalidArgument, match=f"{name} {value!r} must be a whole number from 1 up"):
        Settings(**{name: value})


@pytest.mark.parametrize("queue", ["", [], ["ok", ""], "x" * 101, 5])
def test_queue_names_are_checked(queue: Any) -> None:
    with pytest.raises((InvalidArgument, TypeError)):
        Settings(queue=queue)


@pytest.mark.parametrize("wrong", [{"backoff": 5}, {"middleware": [5]}])
def test_functions_can_be_called(wrong: dict[str, Any]) -> None:
    with pytest.raises(InvalidArgument, match="5 cannot be called"):
        Settings(**wrong)


def test_settings_are_not_changed_but_replaced() -> None:
    settings = Settings()

    with pytest.raises(dataclasses.FrozenInstanceError):
        settings.queue = "other"  # type: ignore[misc]
    assert dataclasses.replace(settings, queue="other").queue == "other"
