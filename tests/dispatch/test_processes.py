"""Several worker processes under one parent, and what happens to them when somebody dies."""

import signal
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from linda_core import Job
from tests.dispatch.programs import PATIENCE, Site, alive, children, eventually, kill, zombies

pytestmark = pytest.mark.slow

Start = Callable[[str], "subprocess.Popen[bytes]"]

WORK = """
@linda.handler
def work(what):
    note(what)

@linda.handler
def wait(what):
    note(what)
    time.sleep(60)

run(processes={processes}, timeout={timeout}, grace={grace}, interval=1000)
"""


def source(*, processes: int = 2, timeout: float = 30, grace: float = 30) -> str:
    return WORK.format(processes=processes, timeout=timeout, grace=grace)


@pytest.fixture
def site(tmp_path: Path) -> Site:
    return Site(tmp_path)


@pytest.fixture
def start(site: Site) -> Iterator[Start]:
    """Programs that are gone after the test, with their children."""
    programs: list[subprocess.Popen[bytes]] = []

    def start(source: str) -> "subprocess.Popen[bytes]":
        programs.append(site.start(source))
        return programs[-1]

    yield start
    for program in programs:
        family = [*children(program.pid), program.pid] if program.poll() is None else []
        for pid in family:
            kill(pid)
        program.wait()


def push(site: Site, name: str, *whats: str) -> None:
    with site.broker() as broker:
        broker.push_many([Job(name, [what]) for what in whats] or [Job(name)], site.queue)


@pytest.mark.parametrize("processes", [1, 2])
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_finishes_what_runs_and_ends_with_0(
    site: Site, start: Start, processes: int, number: signal.Signals
) -> None:
    program = start(
        f"""
        @linda.handler
        def work():
            note("begins")
            while not os.path.exists("go on"): time.sleep(0.01)
            note("ends")

        run(processes={processes}, interval=1000)
        """
    )
    push(site, "work")
    eventually(lambda: site.noted("begins"))

    program.send_signal(number)
    eventually(lambda: "stopping, 1 in hand" in site.log())
    (site.folder / "go on").touch()

    assert program.wait(PATIENCE) == 0
    assert len(site.noted("ends")) == 1
    with site.broker() as broker:
        assert broker.counts(site.queue) == (0, 0, 0, 0)


def test_a_signal_that_another_thread_receives_is_not_slept_through(site: Site, start: Start) -> None:
    program = start(
        """
        @linda.handler
        def last():
            signal.pthread_kill(threading.get_ident(), signal.SIGTERM)

        run(interval=1000)
        """
    )
    push(site, "last")

    assert program.wait(PATIENCE) == 0


@pytest.mark.parametrize("processes", [1, 2])
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_second_signal_hands_back_what_runs_and_ends_with_1(
    site: Site, start: Start, processes: int, number: signal.Signals
) -> None:
    program = start(source(processes=processes, timeout=1000))
    push(site, "wait", "begins")
    eventually(lambda: site.noted("begins"))

    program.send_signal(number)
    eventually(lambda: "stopping, 1 in hand" in site.log())
    program.send_signal(number)

    assert program.wait(PATIENCE) == 1
    with site.broker() as broker:
        assert broker.counts(site.queue).ready == 1


def test_a_process_that_was_killed_is_replaced_and_leaves_no_zombie(site: Site, start: Start) -> None:
    program = start(source(processes=2))
    eventually(lambda: len(children(program.pid)) == 2)
    before = children(program.pid)

    kill(before[0])

    eventually(lambda: len(children(program.pid)) == 2 and before[0] not in children(program.pid))
    assert before[1] in children(program.pid)
    eventually(lambda: not zombies(program.pid))
    push(site, "work", *(str(number) for number in range(50)))
    eventually(lambda: len(site.notes()) == 50)
    program.terminate()
    assert program.wait(PATIENCE) == 1, "a process that was killed could not finish"
    assert "ended with -9" in site.log()


def test_the_job_of_a_process_that_was_killed_comes_back_with_its_lease(site: Site, start: Start) -> None:
    program = start(source(processes=2, timeout=1, grace=0))
    push(site, "wait", "once")
    eventually(lambda: site.noted("once"))
    (first,) = site.noted("once")

    kill(first)

    eventually(lambda: len(site.noted("once")) == 2)
    assert site.noted("once")[1] != first
    program.terminate()
    assert program.wait(PATIENCE) == 1


def test_children_end_by_themselves_when_their_parent_is_killed(site: Site, start: Start) -> None:
    program = start(source(processes=3, grace=0))
    eventually(lambda: len(children(program.pid)) == 3)
    family = children(program.pid)
    push(site, "wait", "in the middle")
    eventually(lambda: site.noted("in the middle"))

    kill(program.pid)
    program.wait()

    eventually(lambda: not any(alive(pid) for pid in family))
    with site.broker() as broker:
        assert broker.counts(site.queue).ready == 1, "what ran was not handed back"


def test_a_stop_that_reaches_a_process_before_it_has_handlers_for_signals_is_not_lost(site: Site, start: Start) -> None:
    program = start("os.register_at_fork(after_in_child=lambda: (note('forked'), time.sleep(0.5)))\n" + source())
    eventually(lambda: len(site.noted("forked")) == 2)

    program.terminate()

    assert program.wait(PATIENCE) == 0


def test_a_stop_while_a_process_is_being_replaced_ends_the_new_one_too(site: Site, start: Start) -> None:
    program = start("os.register_at_fork(after_in_child=lambda: note('forked'))\n" + source())
    eventually(lambda: len(children(program.pid)) == 2)

    kill(children(program.pid)[0])
    eventually(lambda: len(site.noted("forked")) == 3)
    program.terminate()

    assert program.wait(PATIENCE) == 1


def test_a_process_that_cannot_run_stops_all_of_them_and_the_parent_says_why(site: Site, start: Start) -> None:
    program = start(
        """
        linda.set_settings(linda.Settings(connection="sqlite:///linda.db?nonsense=1", processes=2))
        linda.run()
        """
    )

    assert program.wait(PATIENCE) == 1
    assert "nonsense" in site.log()
    assert "LindaError: a worker process cannot run" in site.log()


def test_a_handler_may_stop_every_process(site: Site, start: Start) -> None:
    program = start(
        """
        @linda.handler
        def last():
            note("last")
            linda.stop()

        run(processes=3, interval=1000)
        """
    )
    push(site, "last")

    assert program.wait(PATIENCE) == 0
    assert len(site.noted("last")) == 1


def test_what_handlers_print_is_not_lost_when_a_process_ends(site: Site, start: Start) -> None:
    program = start(
        """
        @linda.handler
        def last():
            print("said by a handler")
            linda.stop()

        print("said before")
        run(processes=2, interval=1000)
        """
    )
    push(site, "last")

    assert program.wait(PATIENCE) == 0
    assert site.log().count("said by a handler") == 1
    assert site.log().count("said before") == 1


def test_a_process_that_hangs_is_killed_when_its_grace_is_over(site: Site, start: Start) -> None:
    program = start(
        """
        from linda_core.dispatch import supervisor
        supervisor.OVERDUE = 0.5

        @linda.handler
        def hang():
            note("hangs")
            os.kill(os.getpid(), signal.SIGSTOP)

        run(processes=2, interval=1000, grace=0)
        """
    )
    push(site, "hang")
    eventually(lambda: site.noted("hangs"))

    program.terminate()

    assert program.wait(PATIENCE) == 1
    assert "killing what did not stop" in site.log()


def test_the_parents_health_is_that_of_its_processes(site: Site, start: Start) -> None:
    start(
        """
        from linda_core.dispatch import health, supervisor
        supervisor.NEWS = 0.05
        health.SILENCE = 0.5

        @linda.handler
        def stop():
            os.kill(os.getpid(), signal.SIGSTOP)

        def watch():
            last = None
            while True:
                now = linda.health()
                if now != last:
                    note(now.reason or "well")
                last = now
                time.sleep(0.01)

        forks = []

        def watch_in_parent():
            forks.append(time.time())
            if len(forks) == 2:  # a thread before the second fork could hold a lock that the child then never gets
                threading.Thread(target=watch, daemon=True).start()

        os.register_at_fork(after_in_parent=watch_in_parent)
        run(processes=2, interval=1000)
        """
    )
    eventually(lambda: site.noted("well"))

    push(site, "stop")

    eventually(lambda: site.noted("a worker process does not answer"))
