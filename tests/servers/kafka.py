"""Apache Kafka: one node, broker and controller in one, with a way in for proxies and one for operators."""

import subprocess
from collections.abc import Mapping
from functools import partial
from pathlib import Path

from tests.servers import maven
from tests.servers.container import Image
from tests.servers.kafka_settings import PASSWORD, USER, Ports, Protocol, Settings, in_container, settings
from tests.servers.local import LocalServer, data_folder
from tests.servers.locate import Kind
from tests.servers.port import ask, listens
from tests.servers.program import Program
from tests.servers.server import ServerFailed

_VERSION = "4.3.1"

# Kafka 4 brings the library that it logs with, but not what leads there; Kafka 3 brings both.
_LOGGING_JAR = "org.apache.logging.log4j:log4j-slf4j-impl:2.25.4"

# ApiVersions, version 0: answered to everybody as soon as the broker serves its clients.
_QUESTION = bytes.fromhex("0000000a 0012 0000 00000000 ffff")

# What a distribution has under these names, for the jars alone.
_SCRIPT = """\
#!/bin/sh
classes={jars}/classes.jsa
[ -e "$classes" ] && classes=-XX:SharedArchiveFile=$classes || classes=-Xshare:auto
exec {java} "$classes" $KAFKA_HEAP_OPTS $KAFKA_JVM_PERFORMANCE_OPTS $KAFKA_LOG4J_OPTS $KAFKA_OPTS \
    -cp '{jars}/*' {main} "$@"
"""

_LOGGING = """\
rootLogger.level = warn
rootLogger.appenderRef.console.ref = console
appender.console.type = Console
appender.console.name = console
appender.console.layout.type = PatternLayout
appender.console.layout.pattern = [%d] %p %m (%c)%n%throwable
"""

_FORMAT = ("format", "--ignore-formatted", "--cluster-id", "bGluZGEtdGVzdC1rYWZrYQ")
_SCRAM = ("--add-scram", f"SCRAM-SHA-256=[name={USER},password={PASSWORD}]")


class KafkaServer(LocalServer):
    """Its folder has `server.properties` and, with TLS, `server.crt`, which signs the certificates that it trusts."""

    def __init__(self, url: str, folder: Path, program: Program, ports: Ports) -> None:
        super().__init__(url, folder, [program])
        self.ports = ports

    @property
    def client(self) -> str:
        """host:port of the listener that speaks the protocol asked for."""
        return f"127.0.0.1:{self.ports.client}"

    @property
    def proxied(self) -> str:
        """host:port of the proxy that a test has to set before `ports.door`, to speak the same through it."""
        return f"127.0.0.1:{self.ports.proxy}"

    @property
    def operator(self) -> str:
        """host:port for clients that are not asked who they are and may do everything."""
        return f"127.0.0.1:{self.ports.operator}"


def kafka(protocol: Protocol = "PLAINTEXT", **properties: str) -> Kind:
    """One node; `properties` go into server.properties, with `__` for a dot: `kafka(message__max__bytes="9999")`."""
    plain = protocol == "PLAINTEXT" and not properties
    image = Image(f"apache/kafka:{_VERSION}", (9092,), _in_container(9092), "kafka://127.0.0.1:{}".format, answers)
    launch = partial(_single, protocol=protocol, properties=properties)
    return Kind("kafka", "kafka-server-start.sh", launch, image if plain else None, install)


def answers(port: int) -> bool:
    """Whether the broker serves its clients; it listens well before that."""
    return len(ask(port, _QUESTION)) > 4


def _serves(ports: Ports) -> bool:
    """It opens one port after another."""
    return answers(ports.operator) and listens(ports.client) and listens(ports.door)


def install(into: Path, version: str = _VERSION) -> None:
    """Puts two programs of a distribution into the folder's `bin`, and what they need beside it."""
    jars = into / "share/kafka"
    needed = [f"org.apache.kafka:kafka_2.13:{version}", *([_LOGGING_JAR] if version >= "4" else [])]
    java = maven.fetch(needed, jars, servers=into)
    (into / "bin").mkdir(exist_ok=True)
    for name, main in (("kafka-storage.sh", "kafka.tools.StorageTool"), ("kafka-server-start.sh", "kafka.Kafka")):
        script = into / "bin" / name
        script.write_text(_SCRIPT.format(java=java, jars=jars, main=main))
        script.chmod(0o755)
    _archive(jars / "classes.jsa", into / "bin/kafka-server-start.sh")


def _archive(classes: Path, binary: Path) -> None:
    """What one run has loaded is loaded by the next ones in half the time."""
    with _prepared(binary, "PLAINTEXT", {}, f"-XX:ArchiveClassesAtExit={classes}").started() as server:
        server.terminate()


def _single(binary: Path, protocol: Protocol, properties: Mapping[str, str]) -> KafkaServer:
    return _prepared(binary, protocol, properties).started()


def _prepared(binary: Path, protocol: Protocol, properties: Mapping[str, str], *java: str) -> KafkaServer:
    folder, ports = data_folder("kafka"), Ports.free()
    given = {name.replace("__", "."): value for name, value in properties.items()}
    program = node(binary, folder, ports, {**settings(ports, protocol, folder), **given}, *java)
    login, tls = ("" if "SASL" not in protocol else f"{USER}:{PASSWORD}@"), "s" if "SSL" in protocol else ""
    return KafkaServer(f"kafka{tls}://{login}127.0.0.1:{ports.client}", folder, program, ports)


def node(binary: Path, folder: Path, ports: Ports, properties: Settings, *java: str) -> Program:
    """One broker, its folder formatted, to be started."""
    configuration = folder / "server.properties"
    configuration.write_text(_lines(properties))
    _format(binary, configuration)
    return Program(
        [binary, configuration],
        log=folder / "kafka.log",
        ready=partial(_serves, ports),
        environment=_environment(folder, *java),
        patience=120,
    )


def _format(binary: Path, configuration: Path) -> None:
    command = [str(binary.with_name("kafka-storage.sh")), *_FORMAT, *_SCRAM, "--config", str(configuration)]
    outcome = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    if outcome.returncode != 0:
        raise ServerFailed(f"{' '.join(command)} failed: {outcome.stderr}")


def _environment(folder: Path, *java: str) -> dict[str, str]:
    logging = folder / "log4j2.properties"
    logging.write_text(_LOGGING)
    return {
        "KAFKA_HEAP_OPTS": "-Xms64m -Xmx512m",
        "KAFKA_JVM_PERFORMANCE_OPTS": "-XX:+UseSerialGC -XX:TieredStopAtLevel=1",
        "KAFKA_LOG4J_OPTS": f"-Dlog4j2.configurationFile={logging}",
        "KAFKA_OPTS": " ".join(java),
        "LOG_DIR": str(folder),
    }


def _in_container(port: int) -> str:
    """A distribution is in /opt/kafka."""
    lines, program = _lines(in_container(port)).replace("\n", "\\n"), "/opt/kafka/bin/kafka"
    node, made = "/tmp/server.properties", f"{' '.join(_FORMAT)} --config /tmp/server.properties"
    return f"sh -c 'printf \"{lines}\" >{node} && {program}-storage.sh {made} && exec {program}-server-start.sh {node}'"


def _lines(properties: Settings) -> str:
    return "".join(f"{name}={value}\n" for name, value in properties.items())
