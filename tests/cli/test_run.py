"""linda run: the program it is given, what it says at the start, and how its options reach the settings."""

import json
import signal
import urllib.request

import pytest

from linda_core.broker import Broker
from linda_core.job import Job
from tests.cli.executable import PATIENCE, Linda
from tests.servers.port import free_port
from tests.servers.waiting import wait_until

PROGRAM = """
import linda_core as linda

@linda.handler
def greet(name: str) -> None:
    print(f"Hello, {name}!", flush=True)

@linda.handler(max_attempts=1)
def fail() -> None:
    raise ValueError("there is no\\nfloor")

@linda.handler
def hang() -> None:
    import threading
    print("hanging", flush=True)
    threading.Event().wait()

@linda.handler
def stop() -> None:
    linda.stop()
"""


@pytest.fixture
def works(linda: Linda) -> Linda:
    """`linda` in a folder that has a module `tasks`."""
    (linda.folder / "tasks.py").write_text(PROGRAM)
    return linda


def push(broker: Broker, *names: str, queue: str = "default") -> None:
    for name in names:
        broker.push(Job(name, ["Ada"] if name == "greet" else []), queue)


def test_it_runs_what_was_pushed_and_says_what_it_chose(works: Linda, broker: Broker) -> None:
    push(broker, "greet", "stop")

    outcome = works("run", "tasks", "-c", "3", "--timeout", "20")

    assert (outcome.code, outcome.out) == (0, "Hello, Ada!\n")
    assert outcome.err.startswith("Linda\nbroker    sqlite:///linda.db (SQLite 3.")
    assert "\nslots     1 x 3, lease 20 s, renewed\nhandlers  fail, greet, hang, stop\n" in outcome.err


def test_the_queue_is_one_variable_for_all_commands_and_one_name(works: Linda, broker: Broker) -> None:
    push(broker, "greet", queue="my")

    for arguments in (["push", "stop"], ["run", "tasks"]):
        assert works(*arguments, LINDA_QUEUE="my queue").code == 0

    assert broker.counts("my").ready == 1


def test_queues_are_worked_on_in_the_order_given(works: Linda, broker: Broker) -> None:
    push(broker, "stop", queue="b")
    push(broker, "greet", queue="a")

    assert works("run", "tasks", "-q", "a", "-q", "b").out == "Hello, Ada!\n"


def test_a_failure_is_told_from_the_programs_own_code_on(works: Linda, broker: Broker) -> None:
    push(broker, "fail", "stop")

    outcome = works("run", "tasks")
    (line,) = works("peek", "default", "-s", "buried").lines[1:]

    assert "max_attempts is 1\nTraceback (most recent call last):\n  File" in outcome.err
    assert outcome.err.count("  File ") == 1
    assert line.endswith("failed on attempt 1, max_attempts is 1: floor")


def test_arguments_that_do_not_fit_are_one_line(works: Linda, broker: Broker) -> None:
    broker.push(Job("greet"), "default")
    push(broker, "stop")

    (line,) = [line for line in works("run", "tasks").err.splitlines() if "again in " in line]

    assert line.endswith(" s: TypeError: greet() missing 1 required positional argument: 'name'")


def test_logs_are_json_on_demand(works: Linda, broker: Broker) -> None:
    push(broker, "greet", "unknown", "stop")

    outcome = works("run", "tasks", "--log-format", "json")
    events = [json.loads(line) for line in outcome.err.splitlines() if line.startswith("{")]

    assert [event["message"].partition(": ")[2].partition(";")[0] for event in events if event["level"] == "error"] == [
        "no handler is registered for 'unknown'"
    ]


def test_a_run_that_had_to_cut_something_off_is_exit_code_1(works: Linda, broker: Broker) -> None:
    push(broker, "hang")
    run = works.start("run", "tasks", "--grace", "0")
    assert run.stdout
    assert run.stdout.readline() == b"hanging\n"

    run.send_signal(signal.SIGTERM)
    run.communicate(timeout=PATIENCE)

    assert run.returncode == 1
    assert broker.counts("default").ready == 1


def test_its_health_is_served(works: Linda) -> None:
    port = free_port()
    run = works.start("run", "tasks", "--health-port", str(port))

    def well() -> bool:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=PATIENCE) as answer:
                return bool(answer.status == 200)
        except OSError:
            return False

    assert wait_until(well, patience=PATIENCE)
    run.send_signal(signal.SIGTERM)
    run.communicate(timeout=PATIENCE)
    assert run.returncode == 0


@pytest.mark.parametrize(
    ("source", "ends"),
    [
        ("import there_is_none", "No module named 'there_is_none'"),
        ("open('there_is_none')", "No such file or directory: 'there_is_none'"),
        ("1 +", "invalid syntax"),
    ],
)
def test_a_program_that_cannot_be_imported_says_where(works: Linda, source: str, ends: str) -> None:
    (works.folder / "tasks.py").write_text(source)

    outcome = works("run", "tasks")

    assert (outcome.code, outcome.out) == (1, "")
    assert outcome.err.startswith("linda: tasks cannot be imported:\n")
    assert outcome.err.count("  File ") == 1
    assert outcome.err.endswith(f"{ends}\n")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["nonsense"], "There is no module 'nonsense' here"),
        (["tasks:greet"], "'greet' in tasks is not a Linda object"),
        (["tasks:nonsense"], "'nonsense' in tasks is not a Linda object"),
        (["two"], "two has 2 Linda objects; say which: two:NAME"),
        (["tasks", "-c", "0"], "concurrency 0 must be a whole number from 1 up"),
        (["tasks", "-q", ""], "queue name '' has 0 characters; it must have 1 to 100"),
        (["tasks", "-u", "memory://", "-p", "2"], "memory:// keeps its jobs in one process"),
    ],
)
def test_a_mistake_is_exit_code_2_before_anything_runs(works: Linda, arguments: list[str], said: str) -> None:
    (works.folder / "two.py").write_text("import linda_core as linda\na, b = linda.Linda(), linda.Linda()\n")

    outcome = works("run", *arguments)

    assert (outcome.code, outcome.out) == (2, "")
    assert said in outcome.err
    assert "Traceback" not in outcome.err
