"""What a `kafka://` URL says, as librdkafka wants it."""

import re
from dataclasses import dataclass
from typing import Any, Literal

from linda_core.driver import BrokerURL, InvalidURL
from linda_core.driver.tls import TLSOptions

_PORT = 9092
_LEDGER = "linda"

# Kafka allows a topic 249 characters, of which it takes some for the second topic's name.
_TOPIC = re.compile(r"(?!\.{1,2}$)[A-Za-z0-9._-]{1,200}")

Mechanism = Literal["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Options(TLSOptions):
    """The options of the URL. Times are seconds."""

    timeout: float = 10.0  #: how long a call may wait for the cluster's answer
    connect_timeout: float = 10.0
    replication: int = 0  #: on how many brokers the ledger is kept when it is made; 0 is 3, or all of fewer brokers
    sasl: Mechanism = "PLAIN"  #: how user and password are proved

    def check(self, url: BrokerURL) -> None:
        """Raises InvalidURL for values that make no sense."""
        for name in ("timeout", "connect_timeout"):
            if not 0.1 <= getattr(self, name) < 1e5:
                raise InvalidURL(f"{url}: {name}={getattr(self, name):g} is not 0.1 to 100000 seconds")
        if not 0 <= self.replication < 2**15:
            raise InvalidURL(f"{url}: replication={self.replication} is not the number of brokers to keep jobs on")
        self.check_tls(url)
        if not _secured(url):
            self.refuse_tls(url, "kafkas://")
        if "sasl" in url.options and not url.username:
            raise InvalidURL(f"{url}: sasl={self.sasl} needs a user and a password: {url.scheme}://user:password@…")


def options_of(url: BrokerURL) -> Options:
    """The options of `url`. Raises InvalidURL."""
    options = url.options_as(Options)
    options.check(url)
    return options


def ledger_of(url: BrokerURL) -> str:
    """The name of the ledger, which is the URL's path. Raises InvalidURL."""
    name = url.path[1:] or _LEDGER
    if not _TOPIC.fullmatch(name):
        raise InvalidURL(f"{url}: ledger {name!r} is not 1 to 200 letters, digits, '_', '.' or '-'")
    return name


def client(url: BrokerURL, options: Options) -> dict[str, Any]:
    """What each client of the library is told in order to reach the cluster."""
    hosts = [(host.name, host.port or _PORT) for host in url.hosts] or [("localhost", _PORT)]
    return {
        "bootstrap.servers": ",".join(f"[{name}]:{port}" if ":" in name else f"{name}:{port}" for name, port in hosts),
        "client.id": "linda",
        "security.protocol": f"{'SASL_' if url.username else ''}{'SSL' if _secured(url) else 'PLAINTEXT'}",
        "socket.connection.setup.timeout.ms": round(options.connect_timeout * 1000),
        # Waiting longer between attempts would make a server that is back look as if it were not.
        "reconnect.backoff.ms": 50,
        "reconnect.backoff.max.ms": 500,
        "socket.nagle.disable": True,
        **(_sasl(url, options) if url.username else {}),
        **(_tls(options) if _secured(url) else {}),
    }


def _secured(url: BrokerURL) -> bool:
    return url.scheme == "kafkas"


def _sasl(url: BrokerURL, options: Options) -> dict[str, Any]:
    return {
        "sasl.mechanism": options.sasl,
        "sasl.username": url.username,
        "sasl.password": url.password or "",
    }


def _tls(options: Options) -> dict[str, Any]:
    files = {
        "ssl.ca.location": options.ca,
        "ssl.certificate.location": options.cert,
        "ssl.key.location": options.cert_key or options.cert,
    }
    return {
        **{name: file for name, file in files.items() if file},
        "enable.ssl.certificate.verification": options.verify,
    }
