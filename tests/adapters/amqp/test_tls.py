"""Encrypted connections: who is trusted, on either side, and how a refusal is told."""

import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest

from linda_amqp.failures import Unreachable
from linda_amqp.management import Management
from linda_amqp.options import options_of
from linda_core import Broker, BrokerUnavailable, InvalidURL, Job, new_broker
from linda_core.driver import BrokerURL
from tests.conftest import PrivateServer
from tests.servers.certificates import Identity, self_signed, signed
from tests.servers.port import free_port
from tests.servers.rabbitmq import rabbitmq
from tests.servers.server import Server


@dataclass(frozen=True)
class Secured:
    """A server that asks who we are, by AMQP; its management interface does not."""

    plain: Server
    port: int
    management_port: int
    authority: Identity
    client: Identity

    @property
    def url(self) -> str:
        """Whom to reach, without saying anything about certificates."""
        return f"amqps://guest:guest@127.0.0.1:{self.port}"

    @property
    def trusted(self) -> str:
        return f"{self.url}?ca={self.authority.certificate}"

    @property
    def proved(self) -> str:
        """All that it takes."""
        return f"{self.trusted}&{shown(self.client)}"


def shown(identity: Identity) -> str:
    return f"cert={identity.certificate}&cert_key={identity.key}"


@pytest.fixture(scope="module")
def tls_server(lasting_server: PrivateServer, tmp_path_factory: pytest.TempPathFactory) -> Secured:
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
    return Secured(lasting_server(kind), port, management_port, authority, signed(authority, folder, "client"))


_SETTINGS = ("ssl_options", "management__ssl")


def serves(broker: Broker, queue: str) -> None:
    """Both connections, with more than one record at a time, and a delay."""
    broker.push(Job("Large", ["x" * 1_000_000]), queue)
    broker.later(0.1, Job("Late"), queue)
    names = []
    for _ in range(2):
        job = broker.pop(queue, 60, wait=10)
        assert job is not None
        names.append(job.name)
        broker.delete(queue, job)
    assert names == ["Large", "Late"]


def test_both_sides_prove_who_they_are(tls_server: Secured, queue: str) -> None:
    with new_broker(tls_server.proved) as broker:
        serves(broker, queue)


def test_certificate_and_key_in_one_file(tls_server: Secured, tmp_path: Path, queue: str) -> None:
    both = tmp_path / "both.pem"
    both.write_bytes(tls_server.client.certificate.read_bytes() + tls_server.client.key.read_bytes())

    with new_broker(f"{tls_server.trusted}&cert={both}") as broker:
        serves(broker, queue)


def test_a_server_whose_signer_is_unknown(tls_server: Secured, tmp_path: Path) -> None:
    other = self_signed(tmp_path, "other")

    for url in (tls_server.url, f"{tls_server.url}?ca={other.certificate}&{shown(tls_server.client)}"):
        with pytest.raises(BrokerUnavailable, match=r"certificate verify failed.*ca=FILE"):
            new_broker(url)


def test_a_server_whose_certificate_names_another(tls_server: Secured) -> None:
    with pytest.raises(BrokerUnavailable, match=r"not valid for 'localhost'.*use that in the URL"):
        new_broker(tls_server.proved.replace("127.0.0.1", "localhost"))


def test_a_server_that_need_not_prove_who_it_is(tls_server: Secured, queue: str) -> None:
    with new_broker(f"{tls_server.url}?verify=false&{shown(tls_server.client)}") as broker:
        serves(broker, queue)


def test_a_client_without_a_certificate(tls_server: Secured) -> None:
    with pytest.raises(BrokerUnavailable, match="cert=FILE"):
        new_broker(tls_server.trusted)


def test_a_client_whose_signer_is_unknown(tls_server: Secured, tmp_path: Path) -> None:
    stranger = signed(self_signed(tmp_path, "other"), tmp_path, "stranger")

    with pytest.raises(BrokerUnavailable, match="does not trust the signer of our certificate"):
        new_broker(f"{tls_server.trusted}&{shown(stranger)}")


def test_a_port_without_tls(tls_server: Secured) -> None:
    with pytest.raises(BrokerUnavailable, match="speaks no TLS"):
        new_broker(tls_server.plain.url.replace("amqp:", "amqps:"))


def test_a_port_that_has_nothing_but_tls(tls_server: Secured) -> None:
    with pytest.raises(BrokerUnavailable):
        new_broker(tls_server.url.replace("amqps:", "amqp:"))


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


def test_the_management_interface_proves_who_it_is_as_well(tls_server: Secured, tmp_path: Path, queue: str) -> None:
    address = f"https://127.0.0.1:{tls_server.management_port}"
    other = self_signed(tmp_path, "other")
    with new_broker(tls_server.plain.url) as broker:
        broker.push(Job("There"), queue)

    assert reserved(f"{tls_server.trusted}&management={address}", queue) in (0, None)
    with pytest.raises(Unreachable, match="not valid for 'localhost'"):
        reserved(f"{tls_server.trusted}&management={address.replace('127.0.0.1', 'localhost')}", queue)
    for trusting in ("", f"&ca={other.certificate}"):
        with pytest.raises(Unreachable, match=r"certificate verify failed.*ca=FILE"):
            reserved(f"{tls_server.plain.url}?management={address}{trusting}", queue)


def reserved(url: str, queue: str) -> int | None:
    parsed = BrokerURL.parse(url)
    management = Management.of(parsed, options_of(parsed))
    assert management is not None
    return management.reserved(queue)
