"""The order in which a server is looked for."""

import fcntl
import os
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from tests.servers.container import ContainerServer, Image, engine_answers
from tests.servers.local import LocalServer
from tests.servers.server import RemoteServer, Server, ServerUnavailable

#: What is installed for the tests alone; make leaves it be, git ignores it.
SERVERS = Path(__file__).parents[2] / ".servers"

_FOLDERS = (
    "/usr/local/sbin",
    "/usr/sbin",
    str(SERVERS / "bin"),
    str(SERVERS / "usr/bin"),
    str(SERVERS / "usr/sbin"),
)


@dataclass(frozen=True)
class Kind:
    """One kind of server, and all the ways to have one."""

    name: str
    binary: str
    launch: Callable[[Path], LocalServer]
    image: Image | None = None
    install: Callable[[Path], None] | None = None
    optional: bool = False  #: tested where there is one, missed nowhere

    @property
    def variable(self) -> str:
        """The environment variable that names a running one."""
        return f"LINDA_TEST_{self.name.upper()}_URL"


def provide(kind: Kind) -> Server:
    """A server that tests share: the one that the environment names, else one of our own."""
    if url := os.environ.get(kind.variable):
        return RemoteServer(url)
    return provide_private(kind)


def provide_private(kind: Kind) -> Server:
    """A server for one test, which may kill it: a program on this machine, a container, or installed now.

    Raises ServerUnavailable when there is none, and ServerFailed when there is one that does not start.
    """
    if program := find(kind.binary):
        return kind.launch(program)
    if kind.image is not None and engine_answers():
        return ContainerServer(kind.image)
    if kind.install is not None:
        return kind.launch(installed(kind.binary, kind.install))
    raise ServerUnavailable(f"{kind.variable} is not set, no docker engine answers, and there is no {kind.binary}")


def find(binary: str) -> Path | None:
    found = shutil.which(binary) or shutil.which(binary, path=os.pathsep.join(_FOLDERS))
    return Path(found) if found else None


def required(kind: Kind) -> bool:
    """Whether a test that misses the server fails instead of being skipped."""
    if kind.optional:
        return False
    return os.environ.get("LINDA_TEST_REQUIRE_SERVERS") == "1" or os.environ.get("CI") == "true"


def installed(binary: str, install: Callable[[Path], None]) -> Path:
    """A program that `install` puts into SERVERS unless it is there. Two test runs at once install once."""
    SERVERS.mkdir(exist_ok=True)
    with (SERVERS / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if find(binary) is None:
            install(SERVERS)
    if program := find(binary):
        return program
    raise ServerUnavailable(f"installed what has {binary}, and it is still not there")
