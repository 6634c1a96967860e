"""Encrypted connections: who is trusted, on either side, and how a refusal is told."""

import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest

from linda_amqp.failures import Unreachable
from linda_amqp.management import Management
from linda_amqp.options import options_of
from linda_core import BrokerUnavailable, InvalidURL, Job, new_broker
from linda_core.driver import BrokerURL
from tests.adapters.tls import MutualTLS, Secured
from tests.conftest import PrivateServer
from tests.servers.certificates import self_signed, signed
from tests.servers.port import free_port
from tests.servers.rabbitmq import rabbitmq
from tests.servers.server import Server


@dataclass(frozen=True)
class Node(Secured):
    """By AMQP it asks who we are; its management interface does not."""

    plain: Server
    management_port: int


@pytest.fixture(scope="module")
def secured_server(lasting_server: PrivateServer, tmp_path_factory: pytest.TempPathFactory) -> Node:
    folder, port, management_port = tmp_path_factory.mktemp("tls"), free_port(), free_port()
    authority = self_signed(folder, "authority")
    server = signed(authority, folder, "server")
    files = {"cacertfile": authority.certificate, "certfile": server.certificate, "keyfile": server.key}
    settings = {f"{where}__{name}": str(path) for where in _SETTINGS for name, path in files.items()}
    kind = rabbitmq(
        "rabbitmq_management",
        listeners__ssl__1=f"127.0.0.1:{port}",
        ssl_options__verify="verify_peer",
        ssl_options__fail_if_no_peer_cert="true",
        management__ssl__port=str(management_port),
        **settings,
    )
    plain, client = lasting_server(kind), signed(authority, folder, "client")
    return Node(f"amqps://guest:guest@127.0.0.1:{port}?heartbeat=10", authority, client, plain, management_port)


_SETTINGS = ("ssl_options", "management__ssl")


class TestMutualTLS(MutualTLS):
    """Both connections."""


def test_a_port_without_tls(secured_server: Node) -> None:
    with pytest.raises(BrokerUnavailable, match="speaks no TLS"):
        new_broker(secured_server.plain.url.replace("amqp:", "amqps:"))


def test_a_port_that_has_nothing_but_tls(secured_server: Node) -> None:
    with pytest.raises(BrokerUnavailable):
        new_broker(secured_server.url.replace("amqps:", "amqp:"))


@pytest.mark.parametrize(
    ("options", "named"),
    [("ca={key}", "ca="), ("cert=/nowhere", "cert="), ("cert={key}", "cert="), ("cert_key={key}", "cert=FILE")],
)
def test_files_that_cannot_be_used(tmp_path: Path, options: str, named: str) -> None:
    key = self_signed(tmp_path, "any").key

    with pytest.raises(InvalidURL, match=named):
        new_broker(f"amqps://127.0.0.1:1?{options.format(key=key)}")


def test_a_key_behind_a_password_is_refused_without_asking_for_it(tmp_path: Path) -> None:
    ours = self_signed(tmp_path, "ours")
    locked = tmp_path / "locked.key"
    command = f"openssl pkey -aes256 -passout pass:secret -in {ours.key} -out {locked}"
    subprocess.run(command.split(), check=True, timeout=60)

    with pytest.raises(InvalidURL, match="its key cannot be used"):
        new_broker(f"amqps://127.0.0.1:1?cert={ours.certificate}&cert_key={locked}")


def test_the_management_interface_proves_who_it_is_as_well(secured_server: Node, tmp_path: Path, queue: str) -> None:
    address = f"https://127.0.0.1:{secured_server.management_port}"
    other = self_signed(tmp_path, "other")
    with new_broker(secured_server.plain.url) as broker:
        broker.push(Job("There"), queue)

    assert reserved(f"{secured_server.trusted}&management={address}", queue) in (0, None)
    with pytest.raises(Unreachable, match="not valid for 'localhost'"):
        reserved(f"{secured_server.trusted}&management={address.replace('127.0.0.1', 'localhost')}", queue)
    for trusting in ("", f"&ca={other.certificate}"):
        with pytest.raises(Unreachable, match=r"certificate verify failed.*ca=FILE"):
            reserved(f"{secured_server.plain.url}?management={address}{trusting}", queue)


def reserved(url: str, queue: str) -> int | None:
    parsed = BrokerURL.parse(url)
    management = Management.of(parsed, options_of(parsed))
    assert management is not None
    return management.reserved(queue)
