"""Linda as an object: its settings, its broker, and more than one of them in a program."""

import secrets
import threading
from collections.abc import Iterator

import pytest

import linda_core
from linda_core import InvalidArgument, Job, Linda, Settings, Unsupported
from linda_core.app import default_app
from linda_core.clock import ManualClock


def somewhere() -> str:
    return f"memory://{secrets.token_hex(8)}"


@pytest.fixture
def app() -> Iterator[Linda]:
    app = Linda(Settings(connection=somewhere()))
    yield app
    app.close()


def test_settings_are_settings(app: Linda) -> None:
    with pytest.raises(InvalidArgument, match="'redis://localhost' are not Settings; write Settings"):
        Linda("redis://localhost")  # type: ignore[arg-type]
    with pytest.raises(InvalidArgument, match="are not Settings"):
        app.set_settings({"queue": "mine"})  # type: ignore[arg-type]


def test_the_broker_is_connected_once_and_shared(app: Linda) -> None:
    found: list[object] = []
    threads = [threading.Thread(target=lambda: found.append(app.get_broker())) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len({id(broker) for broker in found}) == 1


def test_other_settings_on_the_same_connection_keep_the_broker(app: Linda) -> None:
    before = app.get_broker()

    app.set_settings(Settings(connection=app.settings.connection, queue="other"))

    assert app.get_broker() is before
    assert app.settings.queue == "other"


def test_another_connection_closes_the_broker_and_makes_a_new_one(app: Linda) -> None:
    before = app.get_broker()

    app.set_settings(Settings(connection=somewhere()))

    assert app.get_broker() is not before
    assert "closed" in repr(before)
    assert str(app.get_broker().url) == app.settings.connection


def test_closing_twice_is_fine_and_the_next_use_connects_again(app: Linda) -> None:
    before = app.get_broker()
    app.close()
    app.close()

    assert app.get_broker() is not before


def test_settings_cannot_change_while_jobs_run(app: Linda) -> None:
    runs = threading.Thread(target=app.run)
    runs.start()
    stopped = threading.Event()
    app.register_workers("Stop", lambda _job: stopped.set())
    app.get_broker().push(Job("Stop"), "default")
    assert stopped.wait(10)

    with pytest.raises(InvalidArgument, match="settings cannot change while run"):
        app.set_settings(Settings())
    app.stop()
    runs.join(10)

    app.set_settings(Settings(connection=somewhere()))


def test_several_processes_need_a_broker_that_they_can_share() -> None:
    app = Linda(Settings(connection="memory://mine", processes=2))

    with pytest.raises(Unsupported, match=r"memory://mine keeps its jobs in one process, and 2 .* use sqlite:///"):
        app.run()
    assert app.health().reason == "not running"


def test_a_broker_is_given_the_clock_of_its_linda() -> None:
    clock = ManualClock()
    app = Linda(Settings(connection=somewhere()), clock=clock)

    assert app.get_broker().clock is clock
    app.close()


def test_two_of_them_share_nothing() -> None:
    apps = [Linda(Settings(connection=somewhere())) for _ in range(2)]
    ran: list[tuple[int, object]] = []
    done = threading.Semaphore(0)

    def worker(number: int) -> None:
        def work(job: Job) -> None:
            ran.append((number, job.args[0]))
            done.release()

        apps[number].register_workers("Same name", work)

    for number in range(2):
        worker(number)
    threads = [threading.Thread(target=app.run) for app in apps]
    for thread in threads:
        thread.start()
    for number in range(2):
        apps[number].get_broker().push(Job("Same name", [number]), "default")
        assert done.acquire(timeout=10)
    for app, thread in zip(apps, threads, strict=True):
        app.stop()
        thread.join(10)
        app.close()

    assert sorted(ran) == [(0, 0), (1, 1)]


def test_the_functions_of_the_package_are_those_of_one_default_linda() -> None:
    for name in ["close", "get_broker", "handler", "health", "register_workers", "run", "set_settings", "stop"]:
        assert getattr(linda_core, name).__self__ is default_app
