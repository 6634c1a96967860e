"""Who is trusted, on either side of an encrypted connection, and how a refusal is told: the same for all adapters."""

from dataclasses import dataclass
from pathlib import Path

import pytest

from linda_core import Broker, BrokerUnavailable, Job, new_broker
from tests.servers.certificates import Identity, self_signed, signed


@dataclass(frozen=True)
class Secured:
    """A server that proves who it is, and asks who we are."""

    url: str  #: whom to reach, with a query that says nothing about certificates
    authority: Identity  #: signed both
    client: Identity

    @property
    def trusted(self) -> str:
        """Whom to reach, and why to trust it."""
        return f"{self.url}&ca={self.authority.certificate}"

    @property
    def proved(self) -> str:
        """All that it takes."""
        return f"{self.trusted}&{shown(self.client)}"


def shown(identity: Identity) -> str:
    """The options that prove it."""
    return f"cert={identity.certificate}&cert_key={identity.key}"


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


class MutualTLS:
    """For a subclass with a fixture `secured_server`."""

    def test_both_sides_prove_who_they_are(self, secured_server: Secured, queue: str) -> None:
        with new_broker(secured_server.proved) as broker:
            serves(broker, queue)

    def test_certificate_and_key_in_one_file(self, secured_server: Secured, tmp_path: Path, queue: str) -> None:
        both = tmp_path / "both.pem"
        both.write_bytes(secured_server.client.certificate.read_bytes() + secured_server.client.key.read_bytes())

        with new_broker(f"{secured_server.trusted}&cert={both}") as broker:
            serves(broker, queue)

    def test_a_server_that_need_not_prove_who_it_is(self, secured_server: Secured, queue: str) -> None:
        with new_broker(f"{secured_server.url}&verify=false&{shown(secured_server.client)}") as broker:
            serves(broker, queue)

    def test_a_server_whose_signer_is_unknown(self, secured_server: Secured, tmp_path: Path) -> None:
        other = self_signed(tmp_path, "other")

        for url in (secured_server.url, f"{secured_server.url}&ca={other.certificate}&{shown(secured_server.client)}"):
            with pytest.raises(BrokerUnavailable, match=r"certificate verify failed.*ca=FILE"):
                new_broker(url)

    def test_a_server_whose_certificate_names_another(self, secured_server: Secured) -> None:
        with pytest.raises(BrokerUnavailable, match=r"not valid for 'localhost'.*use that in the URL"):
            new_broker(secured_server.proved.replace("127.0.0.1", "localhost"))

    def test_a_client_without_a_certificate(self, secured_server: Secured) -> None:
        with pytest.raises(BrokerUnavailable, match="cert=FILE"):
            new_broker(secured_server.trusted)

    def test_a_client_whose_signer_is_unknown(self, secured_server: Secured, tmp_path: Path) -> None:
        stranger = signed(self_signed(tmp_path, "other"), tmp_path, "stranger")

        with pytest.raises(BrokerUnavailable, match="does not trust the signer of our certificate"):
            new_broker(f"{secured_server.trusted}&{shown(stranger)}")
