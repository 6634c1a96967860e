"""Encrypted connections: who is trusted, on either side, and how a refusal is told."""

from pathlib import Path

import pytest

from linda_core import BrokerUnavailable, InvalidURL, new_broker
from tests.adapters.tls import MutualTLS, Secured, serves
from tests.conftest import PrivateServer
from tests.servers.certificates import self_signed, signed
from tests.servers.nsqd import DURABLE, nsqd
from tests.servers.port import free_port
from tests.servers.server import Server


@pytest.fixture(scope="module")
def secured_server(lasting_server: PrivateServer, tmp_path_factory: pytest.TempPathFactory) -> Secured:
    """For jobs and for HTTP alike."""
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
    address = lasting_server(kind).url.partition("?")[0]
    return Secured(f"{address}?https={https}&tls=true", authority, signed(authority, folder, "client"))


class TestMutualTLS(MutualTLS):
    """Both connections."""


def test_jobs_over_tls_and_statistics_without(nsqd_tls_server: Server, queue: str) -> None:
    with new_broker(f"{nsqd_tls_server.url}&verify=false") as broker:
        serves(broker, queue)


def test_a_server_that_signs_for_itself(nsqd_tls_server: Server) -> None:
    with pytest.raises(BrokerUnavailable, match=r"certificate verify failed.*ca=FILE"):
        new_broker(nsqd_tls_server.url)


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
