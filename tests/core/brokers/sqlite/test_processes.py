"""Several processes on one file, some of which die at the worst moment."""

import os
import random
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, suppress
from pathlib import Path
from time import time

import pytest

from linda_core.broker import Broker, new_broker
from linda_core.brokers.sqlite import driver
from linda_core.clock import SystemClock
from linda_core.conformance.background import Background
from linda_core.conformance.crime import Victim
from linda_core.errors import BrokerUnavailable
from linda_core.job import Job
from tests.core.brokers.sqlite.conftest import driver_of

Run = Callable[[str], subprocess.Popen[str]]


@pytest.fixture
def run(url: str) -> Iterator[Run]:
    """Runs a program in a process of its own, with a broker and the names below, until it says `ready`."""
    imports = "import os, signal, sys, threading\nfrom linda_core import Job, new_broker\n"
    with ExitStack() as processes:

        def run(program: str) -> subprocess.Popen[str]:
            text = f"{imports}broker = new_broker({url!r})\n{program}"
            process = processes.enter_context(
                subprocess.Popen(
                    [sys.executable, "-c", text],
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                    text=True,
                    start_new_session=True,
                )
            )
            processes.callback(end_with_children, process)
            assert process.stdout
            assert Background(process.stdout.readline).result("the program hangs") == "ready\n"
            return process

        yield run


def test_a_push_in_another_process_wakes_a_pop(broker: Broker, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(driver, "BACKSTOP", float("inf"))
    other = run("print('ready', flush=True)\nsys.stdin.readline()\nbroker.push(Job('Here'), 'q')")
    popping = Background(lambda: broker.pop("q", 60, wait=float("inf")))
    popping.pause()

    other.communicate("now\n")

    assert popping.result("the doorbell did not ring across processes")


def test_a_killed_writer_frees_the_lock(broker: Broker, run: Run) -> None:
    holder = run("with broker._link.driver._database.lock.held():\n    print('ready', flush=True)\n    signal.pause()")
    pushing = Background(lambda: broker.push(Job("Held up"), "q"))
    pushing.pause()
    assert not pushing.done

    holder.kill()

    pushing.result("the lock of a dead process is still held")


def test_a_forked_child_does_not_keep_the_lock_of_its_dead_parent(broker: Broker, run: Run) -> None:
    parent = run(
        "if not os.fork():\n    signal.pause()\n"
        "with broker._link.driver._database.lock.held():\n"
        "    print('ready', flush=True)\n    signal.pause()"
    )
    parent.kill()

    Background(lambda: broker.push(Job("Held up"), "q")).result("the child keeps its parent's lock")


def test_forked_children_end_while_the_parent_is_in_the_middle_of_calls(broker: Broker, run: Run, path: Path) -> None:
    parent = run(
        "def push():\n"
        "    while not done: broker.push_many([Job('Kept') for _ in range(50)], 'q')\n"
        "done = []\nthread = threading.Thread(target=push)\nthread.start()\nprint('ready', flush=True)\n"
        "for number in range(20):\n"
        "    if not os.fork():\n        broker.push(Job('Child'), 'children')\n        sys.exit()\n"
        "codes = [os.wait()[1] for number in range(20)]\n"
        "done.append(True)\nthread.join()\nprint(max(codes))"
    )

    said = Background(lambda: parent.communicate()[0]).result("a child waits for ever for a lock of its parent's")

    assert said == "0\n"
    assert broker.counts("children").ready == 20
    assert sound(path)


def test_what_a_forked_child_pushes_stays_when_its_parent_closes(broker: Broker, run: Run, url: str) -> None:
    broker.close()
    parent = run(
        "broker.push(Job('Parent'), 'q')\n"
        "ours, theirs = os.pipe(), os.pipe()\n"
        "if not os.fork():\n"
        "    broker.push(Job('Child'), 'q')\n    os.write(ours[1], b'.')\n    os.read(theirs[0], 1)\n"
        "    broker.push(Job('Orphan'), 'q')\n    os._exit(0)\n"
        "os.read(ours[0], 1)\nbroker.close()\nos.write(theirs[1], b'.')\nos.wait()\nprint('ready', flush=True)"
    )
    parent.wait()

    with new_broker(url) as later:
        names = [job.name for job in later.pop_many("q", 60, 9)]
    assert names == ["Parent", "Child", "Orphan"]


def test_children_of_children_have_connections_of_their_own(broker: Broker, run: Run) -> None:
    parent = run(
        "child = os.fork()\n"
        "broker.push(Job('Kept'), 'q')\n"
        "grandchild = os.fork()\n"
        "thread = threading.Thread(target=broker.push, args=(Job('Kept'), 'q'))\nthread.start()\nthread.join()\n"
        "if grandchild: os.wait()\n"
        "if child: os.wait()\nelse: os._exit(0)\n"
        "if not grandchild: os._exit(0)\n"
        "print('ready', flush=True)"
    )
    parent.wait()

    assert broker.counts("q").ready == 2 + 4


def test_the_file_is_sound_and_complete_after_many_sudden_deaths(broker: Broker, url: str, path: Path) -> None:
    dice = random.Random(1)
    broker.push_many([Job("Kept", id=f"job-{number}") for number in range(300)], "q")

    for _ in range(2):
        with ExitStack() as crowd:
            victims = [
                crowd.enter_context(Victim(url, queue, step, 0.2))
                for queue, step in (("q", "juggle"), ("q", "juggle"), ("q", "migrate"), ("noise", "push"))
            ]
            for victim in victims:
                victim.kill_within(0.2, dice)

    assert sound(path)
    broker.kick("q", 300)
    kept: list[str] = []
    while len(kept) < 300 and (jobs := broker.pop_many("q", 60, 300, wait=10)):
        kept += [job.id for job in jobs]
    assert sorted(kept) == sorted(f"job-{number}" for number in range(300))
    assert broker.counts("q") == (0, 0, 300, 0)


def test_a_call_that_is_interrupted_is_undone(broker: Broker, monkeypatch: pytest.MonkeyPatch) -> None:
    broker.push(Job("Kept"), "q")

    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(driver, "_read", interrupted)
        with pytest.raises(KeyboardInterrupt):
            broker.pop("q", 60)

    job = broker.pop("q", 60)
    assert job
    assert job.attempts == 1


def test_a_call_in_the_middle_of_another_of_its_thread_breaks_neither(
    broker: Broker, monkeypatch: pytest.MonkeyPatch
) -> None:
    broker.push_many([Job("Kept"), Job("Kept")], "q")
    refused: list[str] = []

    def now_of_a_signal_handler() -> float:
        with pytest.raises(BrokerUnavailable, match="a signal handler cannot call"):
            broker.purge("q")
        refused.append("purge")
        return time()

    with monkeypatch.context() as patch:
        patch.setattr(SystemClock, "time", staticmethod(now_of_a_signal_handler))
        jobs = driver_of(broker).reserve(["q"], 2, 60, 0)

    assert refused
    assert len(jobs) == 2
    assert broker.counts("q").reserved == 2


def end_with_children(process: subprocess.Popen[str]) -> None:
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)


def sound(path: Path) -> bool:
    with closing(sqlite3.connect(path)) as connection:
        return connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
