"""RabbitMQ: a single node with an epmd of its own, so that nodes of other test runs never meet it."""

import os
import subprocess
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path

from tests.servers import debian
from tests.servers.container import Image
from tests.servers.local import LocalServer, data_folder
from tests.servers.locate import SERVERS, Kind
from tests.servers.port import ask, free_port, listens
from tests.servers.program import Program
from tests.servers.server import Server

# So that no test waits for minutes: what a crash overtakes between two queues is sent again after ten seconds instead
# of three minutes, and consumer_timeout is looked at each second instead of each minute.
_ADVANCED = """
[{rabbit, [
    {dead_letter_worker_publisher_confirm_timeout, 10000},
    {channel_tick_interval, 1000}
]}].
"""

_GREETING = b"AMQP\x00\x00\x09\x01"


def rabbitmq(*plugins: str, **settings: str) -> Kind:
    """One node; `settings` go into its rabbitmq.conf, with `__` for a dot: `rabbitmq(log__console__level="debug")`."""
    image = Image("rabbitmq:4", (5672,), "rabbitmq-server", "amqp://guest:guest@127.0.0.1:{}".format, answers)
    launch = partial(_single, plugins=plugins, settings=settings)
    return Kind("rabbitmq", "rabbitmq-server", launch, image, _install)


def control(server: Server, *command: str) -> None:
    """What its operator tells a node of ours, in the words of rabbitmqctl."""
    assert isinstance(server, LocalServer), "only a node that runs on this machine takes orders"
    node = server.programs[-1]
    program = Path(node.command[0]).with_name("rabbitmqctl")
    subprocess.run([program, *command], env=node.environment, check=True, capture_output=True, timeout=60)


def answers(port: int) -> bool:
    """Whether the node greets: it listens only once its queues are there."""
    return ask(port, _GREETING).startswith(b"\x01")


def _install(into: Path) -> None:
    debian.unpack(["rabbitmq-server"], into)
    erl = into / "usr/lib/erlang/bin/erl"
    if erl.exists():  # else the machine has its own
        erl.write_text(erl.read_text().replace("ROOTDIR=/usr/", f"ROOTDIR={into}/usr/"))


def _single(binary: Path, plugins: Sequence[str], settings: Mapping[str, str]) -> LocalServer:
    folder, port = data_folder("rabbitmq"), free_port()
    configuration = {"listeners.tcp.1": f"127.0.0.1:{port}", "log.console.level": "warning", **settings}
    lines = [f"{name.replace('__', '.')} = {value}\n" for name, value in configuration.items()]
    (folder / "rabbitmq.conf").write_text("".join(lines))
    (folder / "advanced.config").write_text(_ADVANCED)
    (folder / "plugins").write_text(f"[{','.join(plugins)}].\n")
    environment = _environment(folder)
    names = Program(
        ["epmd", "-address", "127.0.0.1"],
        log=folder / "epmd.log",
        ready=partial(listens, int(environment["ERL_EPMD_PORT"])),
        environment=environment,
    )
    node = Program(
        [_unwrapped(binary)],
        log=folder / "node.log",
        ready=partial(answers, port),
        environment=environment,
        patience=120,
    )
    return LocalServer(f"amqp://guest:guest@127.0.0.1:{port}", folder, [names, node]).started()


def _environment(folder: Path) -> dict[str, str]:
    return {
        **debian.libraries(SERVERS),
        "ERL_EPMD_PORT": str(free_port()),
        "HOME": str(folder),  # the cookie is made there
        "PATH": os.pathsep.join([os.environ.get("PATH", os.defpath), str(SERVERS / "usr/bin")]),
        "RABBITMQ_ADVANCED_CONFIG_FILE": str(folder / "advanced.config"),
        "RABBITMQ_CONFIG_FILE": str(folder / "rabbitmq.conf"),
        "RABBITMQ_CONF_ENV_FILE": str(folder / "none"),
        "RABBITMQ_DIST_PORT": str(free_port()),
        "RABBITMQ_ENABLED_PLUGINS_FILE": str(folder / "plugins"),
        "RABBITMQ_LOGS": "-",
        "RABBITMQ_LOG_BASE": str(folder),
        "RABBITMQ_MNESIA_BASE": str(folder / "data"),
        "RABBITMQ_NODENAME": "linda@localhost",
        # Schedulers that spin while they wait would take the processor from the test beside them.
        "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": "+sbwt none +sbwtdcpu none +sbwtdio none",
    }


def _unwrapped(binary: Path) -> Path:
    """Debian's rabbitmq-server in sbin changes the user and the folder; the one that it calls does not."""
    plain = binary.parent.parent / "lib/rabbitmq/bin/rabbitmq-server"
    return plain if plain.exists() else binary
