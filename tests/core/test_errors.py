"""One tree of errors, and foreign ones translated once."""

import re

import pytest

from linda_core import errors
from linda_core.errors import (
    BrokerError,
    BrokerUnavailable,
    ConnectionLost,
    InvalidArgument,
    LeaseLost,
    LindaError,
    translating,
)
from linda_core.job import Job

ALL = [kind for kind in vars(errors).values() if isinstance(kind, type) and issubclass(kind, LindaError)]


def test_the_tree_in_the_docstring_is_the_tree() -> None:
    drawn = re.findall(r"[├└]── (\w+)", errors.__doc__ or "")

    assert sorted(drawn) == sorted(kind.__name__ for kind in ALL if kind is not LindaError)


def test_only_trouble_with_the_server_is_worth_another_try() -> None:
    assert {kind for kind in ALL if kind.transient} == {BrokerUnavailable, ConnectionLost}


def test_a_bad_argument_is_a_value_error_too() -> None:
    assert issubclass(InvalidArgument, ValueError)


def test_a_lost_lease_names_its_jobs() -> None:
    job = Job("count")

    assert LeaseLost("lost", [job]).jobs == (job,)
    assert LeaseLost("lost").jobs == ()


def test_a_foreign_error_becomes_ours_with_its_cause() -> None:
    with (
        pytest.raises(ConnectionLost, match="push to 'a': broken pipe") as caught,
        translating({OSError: ConnectionLost}, "push to 'a'"),
    ):
        raise OSError("broken pipe")

    assert isinstance(caught.value.__cause__, OSError)


def test_the_nearest_class_decides() -> None:
    table: dict[type[Exception], type[LindaError]] = {OSError: BrokerError, ConnectionError: BrokerUnavailable}

    with pytest.raises(BrokerUnavailable), translating(table, "connect"):
        raise ConnectionRefusedError
    with pytest.raises(BrokerError), translating(table, "connect"):
        raise FileNotFoundError


def test_an_error_without_words_is_named() -> None:
    with (
        pytest.raises(BrokerError, match="connect: ConnectionRefusedError"),
        translating({OSError: BrokerError}, "connect"),
    ):
        raise ConnectionRefusedError


def test_our_own_errors_and_unknown_ones_pass_through() -> None:
    own = LeaseLost("mine")
    with pytest.raises(LeaseLost) as caught, translating({Exception: BrokerError}, "delete"):
        raise own
    assert caught.value is own

    with pytest.raises(KeyError), translating({OSError: BrokerError}, "delete"):
        raise KeyError("a bug")
