"""Encrypted connections: who is trusted, on either side, and how a refusal is told."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from linda_core import Broker, BrokerUnavailable, InvalidURL, Job, new_broker
from tests.servers.certificates import Identity, self_signed, signed
from tests.servers.locate import provide_private
from tests.servers.nsqd import DURABLE, nsqd
from tests.servers.port import free_port
from tests.servers.server import Server, ServerUnavailable


@dataclass(frozen=True)
class Secured:
    """A server that wants TLS and asks who we are, for jobs and for HTTP alike."""

    server: Server
    https: int
    authority: Identity
    client: Identity

    @property
    def url(self) -> str:
        """Whom to reach, without saying anything about certificates."""
        return f"{self.server.url.partition('?')[0]}?https={self.https}&tls=true"

    @property
    def trusted(self) -> str:
        return f"{self.url}&ca={self.authority.certificate}"

    @property
    def proved(self) -> str:
        """All that it takes."""
        return f"{self.trusted}&{shown(self.client)}"


def shown(identity: Identity) -> str:
    return f"cert={identity.certificate}&cert_key={identity.key}"


@pytest.fixture(scope="module")
def secured_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Secured]:
    folder, https = tmp_path_factory.mktemp("tls"), free_port()
    authority = self_signed(folder, "authority")
    identity = signed(authority, folder, "server")
    kind = nsqd(
        *DURABLE,
        "-tls-required=true",
        "-tls-client-auth-policy=require-verify",
        f"-tls-cert={identity.certificate}",
        f"-tls-key={identity.key}",
        f"-tls-root-ca-file={authority.certificate}",
        f"-https-address=127.0.0.1:{https}",
    )
    try:
        server = provide_private(kind)
    except ServerUnavailable as reason:
        pytest.skip(str(reason))
    with server:
        yield Secured(server, https, authority, signed(authority, folder, "client"))


def serves(broker: Broker, queue: str) -> None:
    """With more than one record at a time, and a delay."""
    broker.push(Job("Large", ["x" * 1_000_000]), queue)
    broker.later(0.1, Job("Late"), queue)
    names = []
    for _ in range(2):
        job = broker.pop(queue, 60, wait=10)
        assert job is not None
        names.append(job.name)
        broker.delete(queue, job)
    assert names == ["Large", "Late"]
    assert broker.counts(queue) == (0, 0, 0, 0)


def test_both_sides_prove_who_they_are(secured_server: Secured, queue: str) -> None:
    with new_broker(secured_server.proved) as broker:
        serves(broker, queue)


def test_certificate_and_key_in_one_file(secured_server: Secured, tmp_path: Path, queue: str) -> None:
    both = tmp_path / "both.pem"
    both.write_bytes(secured_server.client.certificate.read_bytes() + secured_server.client.key.read_bytes())

    with new_broker(f"{secured_server.trusted}&cert={both}") as broker:
        serves(broker, queue)


def test_jobs_over_tls_and_statistics_without(nsqd_tls_server: Server, queue: str) -> None:
    with new_broker(f"{nsqd_tls_server.url}&verify=false") as broker:
        serves(broker, queue)


def test_a_server_whose_signer_is_unknown(secured_server: Secured, nsqd_tls_server: Server, tmp_path: Path) -> None:
    other = self_signed(tmp_path, "other")
    unknown = [
        secured_server.url,
        f"{secured_server.url}&ca={other.certificate}&{shown(secured_server.client)}",
        nsqd_tls_server.url,
    ]

    for url in unknown:
        with pytest.raises(BrokerUnavailable, match=r"certificate verify failed.*ca=FILE"):
            new_broker(url)


def test_a_server_whose_certificate_names_another(secured_server: Secured) -> None:
    with pytest.raises(BrokerUnavailable, match=r"not valid for 'localhost'.*use that in the URL"):
        new_broker(secured_server.proved.replace("127.0.0.1", "localhost"))


def test_a_client_without_a_certificate(secured_server: Secured) -> None:
    with pytest.raises(BrokerUnavailable, match="cert=FILE"):
        new_broker(secured_server.trusted)


def test_a_client_whose_signer_is_unknown(secured_server: Secured, tmp_path: Path) -> None:
    stranger = signed(self_signed(tmp_path, "other"), tmp_path, "stranger")

    with pytest.raises(BrokerUnavailable, match="does not trust the signer of our certificate"):
        new_broker(f"{secured_server.trusted}&{shown(stranger)}")


def test_a_server_that_speaks_no_tls(nsqd_server: Server) -> None:
    with pytest.raises(BrokerUnavailable, match="speaks no TLS"):
        new_broker(f"{nsqd_server.url}&tls=true")


def test_a_server_that_wants_tls(nsqd_tls_server: Server) -> None:
    with pytest.raises(BrokerUnavailable, match="tls=true"):
        new_broker(nsqd_tls_server.url.replace("&tls=true", ""))


@pytest.mark.parametrize(
    ("options", "named"), [("ca={key}", "ca="), ("cert=/nowhere", "cert="), ("cert={key}", "cert=")]
)
def test_files_that_cannot_be_used(tmp_path: Path, options: str, named: str) -> None:
    key = self_signed(tmp_path, "any").key

    with pytest.raises(InvalidURL, match=named):
        new_broker(f"nsq://127.0.0.1:1?tls=true&{options.format(key=key)}")
