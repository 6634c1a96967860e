"""The TLS options that drivers share. That connections are secured is tested with each adapter."""

import ssl
from pathlib import Path

import pytest

from linda_core import InvalidURL
from linda_core.driver import BrokerURL
from linda_core.driver.tls import TLSOptions
from tests.servers.certificates import self_signed, signed


def options(query: str) -> tuple[BrokerURL, TLSOptions]:
    url = BrokerURL.parse(f"any://host?{query}")
    return url, url.options_as(TLSOptions)


@pytest.mark.parametrize("query", ["ca=file", "cert=file", "cert_key=file", "verify=false", "verify=true"])
def test_options_without_a_meaning_are_refused(query: str) -> None:
    url, given = options(query)
    with pytest.raises(InvalidURL, match=f"{query.partition('=')[0]} has a meaning only with anys://"):
        given.refuse_tls(url, "anys://")


def test_other_options_are_not_refused() -> None:
    TLSOptions().refuse_tls(BrokerURL.parse("any://host?timeout=1"), "anys://")


def test_a_key_needs_its_certificate() -> None:
    url, given = options("cert_key=file")
    with pytest.raises(InvalidURL, match="name that too: cert=FILE"):
        given.check_tls(url)


@pytest.mark.parametrize("query", ["ca=/nowhere", "cert=/nowhere"])
def test_files_that_cannot_be_used_are_named(query: str) -> None:
    url, given = options(query)
    with pytest.raises(InvalidURL, match=f"{query}.* cannot be used"):
        given.context(url)


def test_the_system_decides_whom_to_trust_unless_the_url_does() -> None:
    context = TLSOptions().context(BrokerURL.parse("any://host"))
    assert (context.verify_mode, context.check_hostname) == (ssl.CERT_REQUIRED, True)


def test_nobody_need_prove_who_it_is_without_verification() -> None:
    url, given = options("verify=false")
    context = given.context(url)
    assert (context.verify_mode, context.check_hostname) == (ssl.CERT_NONE, False)


def test_an_authority_and_a_certificate_of_our_own(tmp_path: Path) -> None:
    authority = self_signed(tmp_path, "authority")
    client = signed(authority, tmp_path, "client")
    url, given = options(f"ca={authority.certificate}&cert={client.certificate}&cert_key={client.key}")
    given.check_tls(url)

    assert len(given.context(url).get_ca_certs()) == 1
