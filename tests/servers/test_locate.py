"""Where a server comes from, and what happens when there is none."""

import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from tests.conftest import PrivateServer
from tests.servers.local import LocalServer
from tests.servers.locate import SERVERS, Kind, provide
from tests.servers.port import listens
from tests.servers.server import RemoteServer, ServerFailed, ServerUnavailable
from tests.servers.waiting import wait_until

#: A run that starts a server, says where, and would stop it at its end.
RUN = """
from tests.servers.locate import provide_private
from tests.servers.redis import redis
with provide_private(redis()) as server:
    print(server.url, server.folder, flush=True)
    input()
"""


def never_launched(_binary: Path) -> LocalServer:
    raise AssertionError("nothing should be launched")


NOWHERE = Kind("nowhere", "no-such-program", never_launched)


def test_a_url_in_the_environment_wins(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LINDA_TEST_ANYWHERE_URL", "redis://elsewhere:6379/0")

    server = provide(Kind("anywhere", "sh", never_launched))

    assert isinstance(server, RemoteServer)
    assert server.url == "redis://elsewhere:6379/0"


def test_a_server_given_by_its_url_is_never_stopped() -> None:
    server = RemoteServer("redis://elsewhere:6379/0")

    with pytest.raises(ServerFailed, match="ask for a private one"):
        server.kill()


def test_the_message_names_what_is_missing() -> None:
    with pytest.raises(ServerUnavailable, match=r"LINDA_TEST_NOWHERE_URL.*no-such-program"):
        provide(NOWHERE)


def test_a_missing_server_skips(private_server: PrivateServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("LINDA_TEST_REQUIRE_SERVERS", raising=False)
    monkeypatch.delenv("CI", raising=False)

    with pytest.raises(pytest.skip.Exception, match="no-such-program"):
        private_server(NOWHERE)


@pytest.mark.parametrize(("variable", "value"), [("LINDA_TEST_REQUIRE_SERVERS", "1"), ("CI", "true")])
def test_a_missing_server_fails_where_it_is_required(
    private_server: PrivateServer, monkeypatch: pytest.MonkeyPatch, variable: str, value: str
) -> None:
    monkeypatch.setenv(variable, value)

    with pytest.raises(pytest.fail.Exception, match="no-such-program"):
        private_server(NOWHERE)


def test_a_missing_optional_server_is_never_required(
    private_server: PrivateServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CI", "true")

    with pytest.raises(pytest.skip.Exception, match="no-such-program"):
        private_server(replace(NOWHERE, optional=True))


@pytest.mark.server
def test_a_server_does_not_outlive_a_killed_run() -> None:
    command = [sys.executable, "-c", RUN]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=SERVERS.parent) as run:
        assert run.stdout is not None
        url, folder = run.stdout.readline().split()
        run.send_signal(signal.SIGKILL)

    port = int(url.rpartition(":")[2].partition("/")[0])
    assert wait_until(lambda: not listens(port) and not Path(folder).exists(), patience=10)
