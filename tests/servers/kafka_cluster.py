"""Apache Kafka: three nodes, of which any one may be lost."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from tests.servers.kafka import install, node
from tests.servers.kafka_settings import Ports, of_three
from tests.servers.local import LocalServer, data_folder
from tests.servers.locate import Kind
from tests.servers.program import Program


class KafkaCluster(LocalServer):
    """`programs` are its nodes, in the order of their ids, which begin with 1."""

    def start(self) -> None:
        """All at once: none is ready before most are."""
        with ThreadPoolExecutor(len(self.programs)) as threads:
            list(threads.map(Program.start, self.programs))


def kafka_cluster() -> Kind:
    """Topics are kept on all three nodes by whoever asks for so many copies."""
    return Kind("kafka_cluster", "kafka-server-start.sh", _three, install=install)


def _three(binary: Path) -> KafkaCluster:
    root, ports, programs = data_folder("kafka-cluster"), [Ports.free() for _ in range(3)], list[Program]()
    for number, own in enumerate(ports, 1):
        folder = root / str(number)
        folder.mkdir()
        programs.append(node(binary, folder, own, of_three(ports, number, folder)))
    servers = ",".join(f"127.0.0.1:{own.client}" for own in ports)
    return KafkaCluster(f"kafka://{servers}", root, programs).started()
