"""What all commands share: the broker, the environment, exit codes, errors, terminals."""

import signal
import subprocess
import sys
from importlib.metadata import version

import pytest

from linda_core.broker import Broker
from linda_core.cli.group import COMMANDS
from linda_core.job import Job
from tests.cli.executable import Linda
from tests.servers.waiting import wait_until

HELP = """
import sys
from linda_core.cli import main
sys.argv[1:] = ["--help"]
try:
    main()
finally:
    print(*sys.modules)
"""


def test_help_names_every_command_and_loads_no_broker(linda: Linda) -> None:
    explained = linda("--help").out
    assert all(f"\n  {command} " in explained for command in COMMANDS)

    run = subprocess.run([sys.executable, "-c", HELP], capture_output=True, text=True, check=True)
    assert not {"pytest", "hypothesis", "sqlite3", "redis"} & set(run.stdout.splitlines()[-1].split())


def test_the_version_is_that_of_the_package(linda: Linda) -> None:
    assert version("linda-core") in linda("--version").out


def test_without_a_url_jobs_are_in_a_file_here(linda: Linda) -> None:
    linda("push", "Count")

    assert (linda.folder / "linda.db").exists()


def test_the_url_comes_from_the_option_then_from_the_environment(linda: Linda) -> None:
    linda("push", "Count", LINDA_URL="sqlite:///env.db")
    linda("push", "Count", "-q", "b", "-u", "sqlite:///option.db", LINDA_URL="sqlite:///env.db")

    assert linda("queues", LINDA_URL="sqlite:///env.db").lines == ["default"]
    assert linda("queues", "--url", "sqlite:///option.db").lines == ["b"]
    assert not (linda.folder / "linda.db").exists()


def test_every_option_has_a_variable(linda: Linda) -> None:
    linda("push", "Count", LINDA_QUEUE="q", LINDA_PUSH_ID="mine", LINDA_PUSH_KWARG="n=1")
    (job,) = linda("peek", "q", LINDA_PEEK_JSON="1", LINDA_PEEK_LIMIT="5").json

    assert (job["id"], job["kwargs"]) == ("mine", {"n": 1})
    assert linda("bury", "q", LINDA_BURY_REASON="why").lines == ["mine"]
    (job,) = linda("peek", "q", "--json", LINDA_PEEK_STATE="buried").json
    assert job["reason"] == "why"
    assert linda("purge", "q", LINDA_PURGE_YES="true").code == 0


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["counts", "-u", "sqlit:///x"], "did you mean sqlite://?"),
        (["counts", "-u", "nonsense"], "is not a broker URL"),
        (["counts", "-u", "sqlite:///x?tiemout=1"], "unknown option 'tiemout'"),
        (["counts", ""], "it must have 1 to 100"),
        (["push", "Count", "--priority", "-1"], "priority -1"),
        (["push", ""], "non-empty text"),
        (["later", "99999999999999", "Count"], "delay"),
        (["peek", "a", "-s", "gone"], "'gone' is not one of"),
        (["peek", "a", "-n", "0"], "0 is not in the range"),
        (["kick"], "Missing argument 'QUEUE'"),
        (["nonsense"], "No such command 'nonsense'"),
        (["conform", "nonsense://"], "no installed package serves nonsense://"),
        (["bench", "nonsense://"], "no installed package serves nonsense://"),
    ],
)
def test_a_mistake_is_exit_code_2(linda: Linda, arguments: list[str], said: str) -> None:
    outcome = linda(*arguments)

    assert (outcome.code, outcome.out) == (2, "")
    assert said in outcome.err
    assert "Traceback" not in outcome.err


def test_a_broker_that_is_not_there_is_exit_code_1_and_one_line(linda: Linda) -> None:
    outcome = linda("counts", "-u", "sqlite:///no/such/folder/linda.db")

    assert (outcome.code, outcome.out) == (1, "")
    assert outcome.err.startswith("linda: sqlite:///no/such/folder/linda.db: connect: ")
    assert outcome.err.count("\n") == 1


def test_a_password_is_never_shown(linda: Linda) -> None:
    for arguments in (["counts"], ["--debug", "counts"]):
        outcome = linda(*arguments, LINDA_URL="sqlite://me:hunter2@/x?password=hunter2")
        assert outcome.code != 0
        assert "hunter2" not in outcome.err + outcome.out


def test_where_an_error_came_from_is_shown_on_demand(linda: Linda) -> None:
    for outcome in (linda("--debug", "counts", "-u", "x://"), linda("counts", "-u", "x://", LINDA_DEBUG="1")):
        assert outcome.code != 0
        assert "Traceback" in outcome.err
        assert "UnknownScheme" in outcome.err


def test_ctrl_c_is_quiet_and_leaves_nothing(linda: Linda, broker: Broker) -> None:
    run = linda.start("bench", "sqlite:///linda.db", "--seconds", "60", "--jobs", "1000000")
    assert wait_until(lambda: bool(broker.queues()), patience=30)
    run.send_signal(signal.SIGINT)
    out, err = run.communicate(timeout=60)

    assert (run.returncode, out, err) == (130, b"", b"")
    assert broker.queues() == []


def test_colour_and_progress_are_for_terminals(linda: Linda, broker: Broker) -> None:
    (linda.folder / "jobs.jsonl").write_text('{"payload":{"class":"Count"}}\n' * 10)

    piped = linda("push", "--from-jsonl", "jobs.jsonl")
    shown = linda.on_a_terminal("push", "--from-jsonl", "jobs.jsonl")
    plain = linda.on_a_terminal("counts", NO_COLOR="1")

    assert (piped.out, piped.err) == ("pushed 10\n", "")
    assert "pushing" in shown.out
    assert "\x1b[1m" in linda.on_a_terminal("counts").out
    assert "\x1b" not in plain.out + linda("counts").out
    assert broker.counts("default").ready == 20


def test_draining_to_a_file_shows_progress_on_the_terminal(linda: Linda, broker: Broker) -> None:
    broker.push_many([Job("Count") for _ in range(3)], "a")

    shown = linda.on_a_terminal("drain", "a").out

    assert "draining" in shown
    assert "3/3" in shown


def test_commands_complete_in_the_shell(linda: Linda) -> None:
    completed = linda(_LINDA_COMPLETE="bash_complete", COMP_WORDS="linda pu", COMP_CWORD="1")

    assert completed.lines == ["plain,push", "plain,purge"]
