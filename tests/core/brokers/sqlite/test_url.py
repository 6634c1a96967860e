"""Which file a URL names, and what it may say about it."""

from pathlib import Path

import pytest

from linda_core.broker import Broker, new_broker
from linda_core.capabilities import Durability
from linda_core.errors import InvalidURL
from tests.core.brokers.sqlite.conftest import driver_of


def test_three_slashes_name_a_file_in_the_current_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)

    with new_broker("sqlite:///linda.db"):
        assert (tmp_path / "linda.db").exists()


def test_four_slashes_name_a_file_anywhere(tmp_path: Path) -> None:
    with new_broker(f"sqlite:///{tmp_path}/a%20name%3F.db"):
        assert (tmp_path / "a name?.db").exists()


def test_the_file_stays_the_same_when_the_program_changes_its_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)

    with new_broker("sqlite:///linda.db") as broker:
        monkeypatch.chdir("/")
        broker.counts("q")

    assert not Path("/linda.db").exists()


@pytest.mark.parametrize(
    "url", ["sqlite://", "sqlite:///", "sqlite://linda.db", "sqlite://host/linda.db", "sqlite:///a%00b"]
)
def test_a_url_without_a_file_is_refused_with_an_example(url: str) -> None:
    with pytest.raises(InvalidURL, match=r"write sqlite:///linda\.db"):
        new_broker(url)


def test_a_database_in_memory_is_refused_in_favour_of_memory() -> None:
    with pytest.raises(InvalidURL, match="memory://"):
        new_broker("sqlite:///:memory:")


@pytest.mark.parametrize(("query", "level"), [("", 2), ("?synchronous=full", 2), ("?synchronous=normal", 1)])
def test_commits_reach_the_disk_unless_the_url_says_otherwise(url: str, query: str, level: int) -> None:
    with new_broker(url + query) as broker:
        assert driver_of(broker)._database.read("PRAGMA synchronous") == [(level,)]
        assert broker.capabilities.durability is Durability.CRASH


@pytest.mark.parametrize(
    ("query", "message"), [("?synchronous=off", "none of full, normal"), ("?sync=full", "it knows synchronous")]
)
def test_an_option_that_is_not_known_is_refused(url: str, path: Path, query: str, message: str) -> None:
    with pytest.raises(InvalidURL, match=message):
        new_broker(url + query)

    assert not path.exists()


def test_it_says_which_sqlite_it_is(broker: Broker) -> None:
    assert broker.server.startswith("SQLite 3.")
