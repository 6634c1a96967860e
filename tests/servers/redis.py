"""Redis and Valkey: a single server, one with TLS, one watched by Sentinel, and a Cluster of one node."""

import secrets
from collections.abc import Callable
from functools import partial
from pathlib import Path

from tests.servers import debian
from tests.servers.certificates import self_signed
from tests.servers.container import Image
from tests.servers.local import LocalServer, data_folder
from tests.servers.locate import SERVERS, Kind
from tests.servers.port import ask, free_port
from tests.servers.program import Program

#: The name under which Sentinel knows the primary.
PRIMARY = "linda"

#: Every accepted write survives a kill.
DURABLE = ("--appendonly", "yes", "--appendfsync", "always")


def redis(*options: str) -> Kind:
    """One server, with a Unix socket `redis.sock` in its folder; by default it keeps every accepted write."""
    command = " ".join(["redis-server", "--save", "''", *(options or DURABLE)])
    image = Image("redis:8", (6379,), command, "redis://127.0.0.1:{}/0".format, answers)
    return Kind("redis", "redis-server", partial(_single, options=options or DURABLE), image, _install)


def valkey(*options: str) -> Kind:
    """The same with Valkey, for machines that have one."""
    return Kind("valkey", "valkey-server", partial(_single, options=options or DURABLE), optional=True)


def redis_tls() -> Kind:
    """A server whose certificate, signed by itself, is `server.crt` in its folder."""
    return Kind("redis_tls", "redis-server", _tls, install=_install)


def redis_sentinel() -> Kind:
    """A primary, a replica and one Sentinel that makes the replica the primary when the first is gone.

    The programs of the server are in that order.
    """
    return Kind("redis_sentinel", "redis-server", _sentinel, install=_install)


def redis_cluster() -> Kind:
    """One node that has all the slots, which is enough to refuse a script whose keys are in several."""
    return Kind("redis_cluster", "redis-server", _cluster, install=_install)


def answers(port: int) -> bool:
    """False while the server still loads its data."""
    return ask(port, b"PING\r\n") == b"+PONG\r\n"


def _install(into: Path) -> None:
    debian.unpack(["redis-server"], into)


def _node(binary: Path, folder: Path, port: int, *options: str, ready: Callable[[int], bool] | None = None) -> Program:
    data = folder / str(port)
    data.mkdir()
    return Program(
        [binary, "--bind", "127.0.0.1", "--port", str(port), "--dir", data, "--save", "", *options],
        log=folder / f"{port}.log",
        ready=partial(ready or answers, port),
        environment=debian.libraries(SERVERS),
    )


def _single(binary: Path, options: tuple[str, ...]) -> LocalServer:
    folder, port = data_folder("redis"), free_port()
    program = _node(binary, folder, port, "--unixsocket", str(folder / "redis.sock"), *options)
    return LocalServer(f"redis://127.0.0.1:{port}/0", folder, [program]).started()


def _tls(binary: Path) -> LocalServer:
    folder, plain, port = data_folder("tls"), free_port(), free_port()
    certificate, key = self_signed(folder, "server")
    options = ["--tls-port", str(port), "--tls-auth-clients", "no", *DURABLE]
    for name, path in (("cert", certificate), ("key", key), ("ca-cert", certificate)):
        options += [f"--tls-{name}-file", str(path)]
    return LocalServer(f"rediss://127.0.0.1:{port}/0", folder, [_node(binary, folder, plain, *options)]).started()


def _sentinel(binary: Path) -> LocalServer:
    folder, primary, replica, sentinel = data_folder("sentinel"), free_port(), free_port(), free_port()
    configuration = folder / "sentinel.conf"
    configuration.write_text(
        f"port {sentinel}\n"
        "bind 127.0.0.1\n"
        f"dir {folder}\n"
        f"sentinel monitor {PRIMARY} 127.0.0.1 {primary} 1\n"
        f"sentinel down-after-milliseconds {PRIMARY} 1000\n"
        f"sentinel failover-timeout {PRIMARY} 3000\n"
    )
    watcher = Program(
        [binary, configuration, "--sentinel"],
        log=folder / "sentinel.log",
        ready=partial(_sees_a_replica, sentinel),
        environment=debian.libraries(SERVERS),
    )
    programs = [
        _node(binary, folder, primary, *DURABLE),
        _node(binary, folder, replica, *DURABLE, "--replicaof", "127.0.0.1", str(primary)),
        watcher,
    ]
    return LocalServer(f"redis+sentinel://127.0.0.1:{sentinel}/{PRIMARY}", folder, programs).started()


def _cluster(binary: Path) -> LocalServer:
    # The nodes talk to each other 10,000 ports above; that one has to stay out of the clients' range as well.
    folder, port = data_folder("cluster"), free_port(below=22_000)
    program = _node(binary, folder, port, "--cluster-enabled", "yes", *DURABLE, ready=_serves_all_slots)
    (folder / str(port) / "nodes.conf").write_text(
        f"{secrets.token_hex(20)} 127.0.0.1:{port}@{port + 10_000} myself,master - 0 0 0 connected 0-16383\n"
        "vars currentEpoch 0 lastVoteEpoch 0\n"
    )
    return LocalServer(f"redis+cluster://127.0.0.1:{port}", folder, [program]).started()


def _sees_a_replica(sentinel: int) -> bool:
    return b"num-slaves\r\n$1\r\n1\r\n" in ask(sentinel, f"SENTINEL MASTER {PRIMARY}\r\n".encode())


def _serves_all_slots(port: int) -> bool:
    return b"cluster_state:ok" in ask(port, b"CLUSTER INFO\r\n")
