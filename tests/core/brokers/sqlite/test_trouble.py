"""What can be wrong with a file: each is said at once, with the way out, and heals when it is over."""

import os
import sqlite3
import tempfile
from collections.abc import Generator, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from linda_core.broker import Broker, new_broker
from linda_core.conformance.background import Background
from linda_core.errors import BrokerUnavailable
from linda_core.job import Job
from tests.core.brokers.sqlite.conftest import Connect, driver_of

NOBODY = 65534


@pytest.fixture
def folder() -> Iterator[Path]:
    """A folder with a file of Linda's, that any user can get to."""
    with tempfile.TemporaryDirectory() as name:
        new_broker(f"sqlite:///{name}/linda.db").close()
        Path(name).chmod(0o755)
        yield Path(name)


@contextmanager
def as_another_user() -> Generator[None]:
    """Root may do everything: be somebody else for a while."""
    user = os.geteuid()
    if user == 0:
        os.seteuid(NOBODY)
    try:
        yield
    finally:
        os.seteuid(user)


def test_a_missing_folder(tmp_path: Path) -> None:
    with pytest.raises(BrokerUnavailable, match="nowhere does not exist; make this folder"):
        new_broker(f"sqlite:///{tmp_path}/nowhere/linda.db")


def test_a_folder_in_the_place_of_the_file(path: Path, url: str) -> None:
    path.mkdir()

    with pytest.raises(BrokerUnavailable, match="unable to open database file; "):
        new_broker(url)


def test_a_folder_one_may_not_write_in(folder: Path) -> None:
    folder.chmod(0o555)

    with as_another_user(), pytest.raises(BrokerUnavailable, match="let this user write the file and its folder"):
        new_broker(f"sqlite:///{folder}/other.db")


def test_a_file_one_may_not_write(folder: Path) -> None:
    folder.chmod(0o777)
    (folder / "linda.db-lock").chmod(0o666)
    (folder / "linda.db").chmod(0o444)

    with as_another_user(), pytest.raises(BrokerUnavailable, match="readonly database; let this user write the file"):
        new_broker(f"sqlite:///{folder}/linda.db")


def test_a_file_that_is_no_database(path: Path, url: str) -> None:
    path.write_bytes(b"Dear diary, " * 100)

    with pytest.raises(BrokerUnavailable, match="file is not a database; name another file"):
        new_broker(url)


def test_a_database_of_another_program_is_left_as_it_is(path: Path, url: str) -> None:
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE TABLE accounts (name)")
    before = path.read_bytes()

    with pytest.raises(BrokerUnavailable, match="another program's database; give Linda a file of its own"):
        new_broker(url)

    assert path.read_bytes() == before


def test_a_file_of_a_later_linda(path: Path, url: str) -> None:
    new_broker(url).close()
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA user_version = 2")

    with pytest.raises(BrokerUnavailable, match="schema version 2, this Linda knows 1; upgrade Linda"):
        new_broker(url)


def test_a_full_disk(broker: Broker) -> None:
    broker.push(Job("Kept"), "q")
    connection = driver_of(broker)._database._connection
    (pages,) = connection.execute("PRAGMA page_count").fetchone()
    connection.execute(f"PRAGMA max_page_count = {pages}")

    with pytest.raises(BrokerUnavailable, match=r"push to 'q'.* is full; make room on the disk"):
        broker.push_many([Job("Refused"), Job("TooLong", ["x" * 100_000])], "q")

    assert broker.counts("q").ready == 1, "a call that failed left a part of its work"
    broker.push(Job("Later", ["x" * 100_000]), "q")


def test_another_program_that_keeps_the_file_locked(broker: Broker, path: Path) -> None:
    driver_of(broker)._database._connection.execute("PRAGMA busy_timeout = 1")
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("BEGIN IMMEDIATE")
        with pytest.raises(BrokerUnavailable, match="database is locked; another program"):
            broker.push(Job("Refused"), "q")

    broker.push(Job("Accepted"), "q")
    assert broker.counts("q").ready == 1


def test_a_file_that_was_deleted_is_made_again(broker: Broker, connect: Connect, path: Path) -> None:
    broker.push(Job("Gone"), "q")
    for file in path.parent.glob("linda.db*"):
        file.unlink()

    broker.push(Job("Here"), "q")

    popped = connect().pop("q", 60)
    assert popped
    assert popped.name == "Here"


def test_a_waiting_consumer_follows_to_the_file_that_was_put_in_its_place(
    broker: Broker, connect: Connect, path: Path
) -> None:
    waiting = Background(lambda: broker.pop("q", 60, wait=30))
    path.rename(path.with_name("moved.db"))

    connect().push(Job("Here"), "q")

    popped = waiting.result("the consumer looks at a file that was moved away")
    assert popped
    assert popped.name == "Here"


def test_a_folder_that_was_deleted_and_comes_back(tmp_path: Path) -> None:
    folder = tmp_path / "jobs"
    folder.mkdir()
    with new_broker(f"sqlite:///{folder}/linda.db") as broker:
        folder.rename(tmp_path / "away")
        for _ in range(2):
            with pytest.raises(BrokerUnavailable, match="make this folder"):
                broker.push(Job("Refused"), "q")
        folder.mkdir()

        broker.push(Job("Accepted"), "q")
        assert broker.counts("q").ready == 1


def test_a_lock_file_that_was_deleted_is_made_again(broker: Broker, connect: Connect, path: Path) -> None:
    lock = path.with_name("linda.db-lock")
    lock.unlink()

    broker.push(Job("Accepted"), "q")

    assert lock.exists()
    assert connect().counts("q").ready == 1
