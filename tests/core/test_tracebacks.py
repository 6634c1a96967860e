"""What an exception tells, starts where the program does."""

from importlib import import_module
from pathlib import Path

import pytest

from linda_core import Job
from linda_core.app import Linda
from linda_core.handlers import Handler
from linda_core.tracebacks import told


def fails(number: int) -> None:
    raise ValueError(f"number {number}")


def raised(name: str, *args: object) -> BaseException:
    """What Linda's own frames lead to."""
    handler = Linda().handler(fails)
    assert isinstance(handler, Handler)
    with pytest.raises((ValueError, TypeError)) as caught:
        handler.run(Job(name, args))
    error = caught.value
    assert error.__traceback__
    return error.with_traceback(error.__traceback__.tb_next)  # without the frame of this test


def test_it_starts_with_the_programs_own_code() -> None:
    lines = told(raised("fails", 3)).splitlines()

    assert lines[0] == "Traceback (most recent call last):"
    assert lines[1].endswith("in fails")
    assert lines[-1] == "ValueError: number 3"


def test_where_none_was_reached_the_error_is_all() -> None:
    assert told(raised("fails")) == "TypeError: fails() missing 1 required positional argument: 'number'"


def test_an_import_starts_in_the_module(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "wants_more.py").write_text("import there_is_no_such_module\n")
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(ModuleNotFoundError) as caught:
        import_module("wants_more")
    assert caught.value.__traceback__

    lines = told(caught.value.with_traceback(caught.value.__traceback__.tb_next)).splitlines()

    assert lines[1].endswith('wants_more.py", line 1, in <module>')
