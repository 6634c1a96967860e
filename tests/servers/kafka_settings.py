"""server.properties of a Kafka node that is broker and controller in one."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Literal, NamedTuple

from tests.servers.certificates import self_signed
from tests.servers.port import free_port

Protocol = Literal["PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL"]
Settings = Mapping[str, str]

#: Who may log in where the protocol has SASL, with PLAIN or SCRAM-SHA-256.
USER, PASSWORD = "linda", "s3cret"

# A node alone, whose own topics are small, that starts its groups at once and comes back fast from a kill: the
# controller lets a broker register again only when the session of the one that was killed has run out.
_ALONE = {
    "process.roles": "broker,controller",
    "node.id": "1",
    "controller.listener.names": "CONTROLLER",
    "inter.broker.listener.name": "OPERATOR",
    "auto.create.topics.enable": "false",
    "offsets.topic.replication.factor": "1",
    "offsets.topic.num.partitions": "4",
    "transaction.state.log.replication.factor": "1",
    "transaction.state.log.min.isr": "1",
    "transaction.state.log.num.partitions": "4",
    "share.coordinator.state.topic.replication.factor": "1",
    "share.coordinator.state.topic.min.isr": "1",
    "share.coordinator.state.topic.num.partitions": "4",
    "group.initial.rebalance.delay.ms": "0",
    "group.min.session.timeout.ms": "1000",
    "group.consumer.min.session.timeout.ms": "1000",
    "group.consumer.min.heartbeat.interval.ms": "200",
    "group.share.min.record.lock.duration.ms": "1000",
    "broker.session.timeout.ms": "2000",
    "broker.heartbeat.interval.ms": "200",
    "log.message.timestamp.type": "CreateTime",
}

_JAAS = "org.apache.kafka.common.security"

# Everybody who has logged in may do all until an ACL says something about it.
_SASL = {
    "sasl.enabled.mechanisms": "PLAIN,SCRAM-SHA-256",
    "authorizer.class.name": "org.apache.kafka.metadata.authorizer.StandardAuthorizer",
    "allow.everyone.if.no.acl.found": "true",
    "super.users": "User:ANONYMOUS",
} | {
    f"listener.name.{listener}.{mechanism}.sasl.jaas.config": module
    for listener in ("client", "door")
    for mechanism, module in {
        "plain": f'{_JAAS}.plain.PlainLoginModule required user_{USER}="{PASSWORD}";',
        "scram-sha-256": f"{_JAAS}.scram.ScramLoginModule required;",
    }.items()
}


class Ports(NamedTuple):
    """Where a node listens."""

    client: int  #: for the protocol under test
    operator: int  #: for whoever it is, with all rights
    controller: int
    door: int  #: like `client`, for those who come through a proxy
    proxy: int  #: where that proxy has to listen: the broker sends them there

    @classmethod
    def free(cls) -> "Ports":
        return cls(*(free_port() for _ in cls._fields))


def settings(ports: Ports, protocol: Protocol, folder: Path) -> Settings:
    """For a node that keeps its data, and its certificate if the protocol asks for one, in `folder`."""
    return {
        **_ALONE,
        **_listeners(ports, protocol),
        **(_tls(folder) if protocol.endswith("SSL") else {}),
        **(_SASL if protocol.startswith("SASL") else {}),
        "log.dirs": str(folder / "data"),
    }


def of_three(ports: Sequence[Ports], number: int, folder: Path) -> Settings:
    """For one of three nodes, each broker and controller, which notice within a second or two that one is gone."""
    voters = ",".join(f"{other}@127.0.0.1:{each.controller}" for other, each in enumerate(ports, 1))
    return {
        **settings(ports[number - 1], "PLAINTEXT", folder),
        "node.id": str(number),
        "controller.quorum.voters": voters,
        "controller.quorum.election.timeout.ms": "500",
        "controller.quorum.fetch.timeout.ms": "1000",
        "offsets.topic.replication.factor": "3",
        "transaction.state.log.replication.factor": "3",
        "transaction.state.log.min.isr": "2",
    }


def in_container(inside: int) -> Settings:
    """For a node in a container whose port on the host is to be put in for `{port}`."""
    return {
        **_ALONE,
        "listeners": f"OPERATOR://:{inside},CONTROLLER://:9093",
        "advertised.listeners": "OPERATOR://127.0.0.1:{port}",
        "listener.security.protocol.map": "OPERATOR:PLAINTEXT,CONTROLLER:PLAINTEXT",
        "controller.quorum.voters": "1@localhost:9093",
        "log.dirs": "/tmp/data",
    }


def _listeners(ports: Ports, protocol: Protocol) -> Settings:
    at = "{}://127.0.0.1:{}".format
    inner = [at("CLIENT", ports.client), at("OPERATOR", ports.operator)]
    return {
        "listeners": ",".join([*inner, at("DOOR", ports.door), at("CONTROLLER", ports.controller)]),
        "advertised.listeners": ",".join([*inner, at("DOOR", ports.proxy)]),
        "listener.security.protocol.map": f"CLIENT:{protocol},DOOR:{protocol},OPERATOR:PLAINTEXT,CONTROLLER:PLAINTEXT",
        "controller.quorum.voters": f"1@127.0.0.1:{ports.controller}",
    }


def _tls(folder: Path) -> Settings:
    server, both = self_signed(folder, "server"), folder / "server.pem"
    both.write_bytes(server.key.read_bytes() + server.certificate.read_bytes())
    return {
        "ssl.keystore.type": "PEM",
        "ssl.keystore.location": str(both),
        "ssl.truststore.type": "PEM",
        "ssl.truststore.location": str(server.certificate),
    }
