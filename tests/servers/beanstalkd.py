"""beanstalkd with a log on disk, so that what it accepted survives a kill."""

from functools import partial
from pathlib import Path

from tests.servers import debian
from tests.servers.local import LocalServer, data_folder
from tests.servers.locate import SERVERS, Kind
from tests.servers.port import ask, free_port
from tests.servers.program import Program


def beanstalkd(*, largest: int = 65_535) -> Kind:
    """`largest` is the number of bytes that it takes in one job."""
    return Kind("beanstalkd", "beanstalkd", partial(_single, largest=largest), install=_install)


def _install(into: Path) -> None:
    debian.unpack(["beanstalkd"], into)


def _single(binary: Path, largest: int) -> LocalServer:
    folder, port = data_folder("beanstalkd"), free_port()
    # -f0: each accepted job is on the disk before the answer goes out.
    program = Program(
        [binary, "-l", "127.0.0.1", "-p", str(port), "-b", folder, "-f0", "-z", str(largest)],
        log=folder / "beanstalkd.log",
        ready=partial(_answers, port),
        environment=debian.libraries(SERVERS),
    )
    return LocalServer(f"beanstalk://127.0.0.1:{port}", folder, [program]).started()


def _answers(port: int) -> bool:
    return ask(port, b"list-tube-used\r\n").startswith(b"USING")
