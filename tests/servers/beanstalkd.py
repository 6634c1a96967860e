"""beanstalkd, with a log on disk or without."""

from functools import partial
from pathlib import Path

from tests.servers import debian
from tests.servers.local import LocalServer, data_folder
from tests.servers.locate import SERVERS, Kind
from tests.servers.port import ask, free_port
from tests.servers.program import Program

#: Each accepted job is on the disk before the answer goes out.
DURABLE = ("-f0",)


def beanstalkd(*options: str, logged: bool = True) -> Kind:
    """One server that by default keeps every accepted job; unless `logged`, it keeps them in memory alone."""
    launch = partial(_single, options=options or DURABLE, logged=logged)
    return Kind("beanstalkd", "beanstalkd", launch, install=_install)


def _install(into: Path) -> None:
    debian.unpack(["beanstalkd"], into)


def _single(binary: Path, options: tuple[str, ...], *, logged: bool) -> LocalServer:
    folder, port = data_folder("beanstalkd"), free_port()
    log: list[str | Path] = ["-b", folder] if logged else []
    program = Program(
        [binary, "-l", "127.0.0.1", "-p", str(port), *log, *options],
        log=folder / "beanstalkd.log",
        ready=partial(_answers, port),
        environment=debian.libraries(SERVERS),
    )
    return LocalServer(f"beanstalk://127.0.0.1:{port}", folder, [program]).started()


def _answers(port: int) -> bool:
    return ask(port, b"list-tube-used\r\n").startswith(b"USING")
