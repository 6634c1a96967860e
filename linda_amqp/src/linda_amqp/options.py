"""What an `amqp://` URL says, as pika wants it."""

from dataclasses import dataclass

import pika

from linda_core import driver
from linda_core.driver.tls import TLSOptions

#: How much of the server's consumer_timeout is left unused, in seconds.
MARGIN = 10.0

_PORTS = {"amqp": 5672, "amqps": 5671}


@dataclass(frozen=True, slots=True, kw_only=True)
class Options(TLSOptions):
    """The options of the URL, in seconds and bytes."""

    heartbeat: int = 5  #: a frozen worker's jobs come back after two of them
    connect_timeout: float = 10.0
    consumer_timeout: float = 1800.0  #: the server's setting of that name; 0 if it is switched off
    blocked_timeout: float = 30.0  #: how long to wait for a server that has stopped taking messages
    max_message_size: int = 16 * 2**20  #: the server's setting of that name
    management: str = ""  #: http://host:15672, to count reserved jobs with

    def check(self, url: driver.BrokerURL) -> None:
        """Raises InvalidURL for values that make no sense."""
        for name, least in (("heartbeat", 1), ("connect_timeout", 0.001), ("blocked_timeout", 0.001)):
            if not least <= getattr(self, name) < 65536:  # a heartbeat has 16 bits
                raise driver.InvalidURL(f"{url}: {name}={getattr(self, name)} is not {least} to 65535 seconds")
        if 0 != self.consumer_timeout <= MARGIN:
            raise driver.InvalidURL(
                f"{url}: consumer_timeout={self.consumer_timeout:g} leaves no time for a job, of which the last "
                f"{MARGIN:g} seconds are not used; raise it on the server and here, or say 0 where it is switched off"
            )
        self.check_tls(url)
        if url.scheme != "amqps" and not self.management.startswith("https:"):
            self.refuse_tls(url, "amqps:// or management=https://…")


def options_of(url: driver.BrokerURL) -> Options:
    """The options of `url`. Raises InvalidURL."""
    options = url.options_as(Options)
    options.check(url)
    return options


def servers(url: driver.BrokerURL, options: Options) -> list[pika.ConnectionParameters]:
    """How to reach each server of the URL, in its order."""
    credentials = pika.PlainCredentials(url.username or "guest", url.password or "guest")
    hosts = [(host.name, host.port) for host in url.hosts] or [("localhost", None)]
    return [
        pika.ConnectionParameters(
            host=host,
            port=port or _PORTS[url.scheme],
            virtual_host=virtual_host(url),
            credentials=credentials,
            heartbeat=options.heartbeat,
            blocked_connection_timeout=options.blocked_timeout,
            socket_timeout=options.connect_timeout,
            stack_timeout=options.connect_timeout,
            connection_attempts=1,
            ssl_options=pika.SSLOptions(options.context(url), host) if url.scheme == "amqps" else None,
            client_properties={"connection_name": "linda"},
        )
        for host, port in hosts
    ]


def virtual_host(url: driver.BrokerURL) -> str:
    """The URL's path without its first slash; `/` when there is none."""
    return url.path[1:] or "/"
