"""A server in a container, where a docker engine answers."""

import functools
import shutil
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from tests.servers.port import free_port
from tests.servers.server import Server, ServerFailed
from tests.servers.waiting import wait_until


@dataclass(frozen=True)
class Image:
    """What to run, and the ports that it listens on inside: the first is asked whether it is `ready`."""

    name: str
    ports: tuple[int, ...]
    command: str  #: in which `{port}` stands for the first port on the host
    url: Callable[..., str]  #: of the ports on the host
    ready: Callable[[int], bool]


@functools.cache
def engine_answers() -> bool:
    """Asked through docker's own command, which knows every way to be told where the engine is."""
    if shutil.which("docker") is None:
        return False
    return subprocess.run(["docker", "version"], capture_output=True, timeout=30, check=False).returncode == 0


class ContainerServer(Server):
    """Keeps its port on the host over restarts; testcontainers removes what a killed run leaves."""

    def __init__(self, image: Image) -> None:
        from testcontainers.core.container import DockerContainer

        self._image = image
        self._ports = [free_port() for _ in image.ports]
        self.url = image.url(*self._ports)
        self._container = DockerContainer(image.name).with_command(image.command.format(port=self._ports[0]))
        for inside, outside in zip(image.ports, self._ports, strict=True):
            self._container.with_bind_ports(inside, outside)
        self._container.start()
        self._docker: Any = self._container.get_wrapped_container()
        self._await_ready()

    def start(self) -> None:
        self._docker.start()
        self._await_ready()

    def kill(self) -> None:
        self._docker.kill()
        self._docker.wait()

    def terminate(self) -> None:
        self._docker.stop()

    def pause(self) -> None:
        self._docker.pause()

    def resume(self) -> None:
        self._docker.unpause()

    def stop(self) -> None:
        self._container.stop()

    def _await_ready(self) -> None:
        if not wait_until(lambda: self._image.ready(self._ports[0]), patience=60):
            log = self._docker.logs(tail=40).decode(errors="replace")
            self.stop()
            raise ServerFailed(f"{self._image.name} is not ready; its log ends:\n{log}")
