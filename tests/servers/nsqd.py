"""nsqd: a single one, one with TLS, and a cluster of two that nsqlookupd knows."""

import os
import shutil
import subprocess
from collections.abc import Callable
from functools import partial
from pathlib import Path

from tests.servers import debian
from tests.servers.certificates import self_signed
from tests.servers.container import Image
from tests.servers.local import LocalServer, data_folder
from tests.servers.locate import Kind, find
from tests.servers.port import ask, free_port
from tests.servers.program import Program
from tests.servers.server import ServerUnavailable

#: A message that waits, neither deferred nor in flight, is on the disk: not before nsqd answers OK, but right behind.
DURABLE = ("-mem-queue-size=0", "-sync-every=1")

#: Tests share a server, and leave hundreds of channels on it. nsqd looks at so many each 100 ms, by default at 20.
_SCANNED = "-queue-scan-selection-count=10000"

_VERSION = "v1.3.0"
_PROGRAMS = ("nsqd", "nsqlookupd")
_MODULE = Path(__file__).parent / "nsq"
_BUILD_LIMIT = 900


def nsqd(*options: str) -> Kind:
    """One server; by default it keeps on disk what waits in a topic or a channel."""
    chosen = options or DURABLE
    image = Image(
        f"nsqio/nsq:{_VERSION}",
        (4150, 4151),
        " ".join(["/nsqd", _SCANNED, *chosen]),
        "nsq://127.0.0.1:{}?http={}".format,
        answers,
    )
    return Kind("nsq", "nsqd", partial(_single, options=chosen), image, _install)


def nsqd_tls(*options: str) -> Kind:
    """A server that wants TLS, and whose certificate, signed by itself, is `server.crt` in its folder."""
    return Kind("nsq_tls", "nsqd", partial(_tls, options=options or DURABLE), install=_install)


def nsq_cluster(*options: str) -> Kind:
    """Two servers and the nsqlookupd that its URL names. The programs are in the order: nsqlookupd, first, second."""
    return Kind("nsq_cluster", "nsqd", partial(_cluster, options=options or DURABLE), install=_install)


def answers(port: int) -> bool:
    """Whether nsqd speaks: it listens earlier, while it still loads what it had on disk."""
    return ask(port, b"  V2CLS\n") != b""


def _single(binary: Path, options: tuple[str, ...]) -> LocalServer:
    folder, port, http = data_folder("nsqd"), free_port(), free_port()
    program = _node(binary, folder, port, http, *options)
    return LocalServer(f"nsq://127.0.0.1:{port}?http={http}", folder, [program]).started()


def _tls(binary: Path, options: tuple[str, ...]) -> LocalServer:
    folder, port, http = data_folder("nsqd"), free_port(), free_port()
    certificate, key = self_signed(folder, "server")
    secure = (f"-tls-cert={certificate}", f"-tls-key={key}", "-tls-required=tcp-https")
    program = _node(binary, folder, port, http, *secure, *options)
    return LocalServer(f"nsq://127.0.0.1:{port}?http={http}&tls=true", folder, [program]).started()


def _cluster(binary: Path, options: tuple[str, ...]) -> LocalServer:
    folder, port, http = data_folder("nsq"), free_port(), free_port()
    lookup = Program(
        [
            binary.with_name("nsqlookupd"),
            f"-tcp-address=127.0.0.1:{port}",
            f"-http-address=127.0.0.1:{http}",
            "-broadcast-address=127.0.0.1",
        ],
        log=folder / "nsqlookupd.log",
        ready=lambda: _get(http, "/ping").endswith(b"OK"),
    )
    known = (f"-lookupd-tcp-address=127.0.0.1:{port}", "-broadcast-address=127.0.0.1")
    nodes = [
        _node(binary, folder, node, free_port(), *known, *options, ready=partial(_registered, http))
        for node in (free_port(), free_port())
    ]
    return LocalServer(f"nsq+lookupd://127.0.0.1:{http}", folder, [lookup, *nodes]).started()


def _node(
    binary: Path, folder: Path, port: int, http: int, *options: str, ready: Callable[[int], bool] = answers
) -> Program:
    data = folder / str(port)
    data.mkdir()
    addresses = (f"-tcp-address=127.0.0.1:{port}", f"-http-address=127.0.0.1:{http}", "-https-address=")
    return Program(
        [binary, *addresses, f"-data-path={data}", _SCANNED, *options],
        log=folder / f"{port}.log",
        ready=partial(ready, port),
    )


def _registered(lookup: int, port: int) -> bool:
    return f'"tcp_port":{port}'.encode() in _get(lookup, "/nodes")


def _get(port: int, path: str) -> bytes:
    return ask(port, f"GET {path} HTTP/1.0\r\n\r\n".encode())


def _install(into: Path) -> None:
    """Built from source: Debian has no package of it."""
    work = into / "go"
    go = find("go") or _fetched_go(work / "root")
    # Read from this module's go.mod and go.sum, which name each version; what Go keeps stays in the folder.
    environment = {
        "CGO_ENABLED": "0",
        "GOCACHE": str(work / "cache"),
        "GOFLAGS": "-modcacherw",
        "GOPATH": str(work / "path"),
        "GOWORK": "off",
    }
    sources = [f"github.com/nsqio/nsq/apps/{program}" for program in _PROGRAMS]
    outcome = subprocess.run(
        [go, "build", "-o", f"{into / 'bin'}/", *sources],
        cwd=_MODULE,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        timeout=_BUILD_LIMIT,
        check=False,
    )
    if outcome.returncode != 0:
        raise ServerUnavailable(f"{go} build failed: {outcome.stderr.strip()[-500:]}")
    shutil.rmtree(work)


def _fetched_go(root: Path) -> Path:
    debian.unpack(["golang-go"], root)
    return root / "usr/bin/go"
