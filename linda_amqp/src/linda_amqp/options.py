"""What an `amqp://` URL says, as pika wants it."""

import ssl
from dataclasses import dataclass

import pika

from linda_core import driver

_PORTS = {"amqp": 5672, "amqps": 5671}


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """The options of the URL, in seconds and bytes."""

    heartbeat: int = 5  #: a frozen worker's jobs come back after two of them
    connect_timeout: float = 10.0
    consumer_timeout: float = 1800.0  #: the server's setting of that name; 0 if it is switched off
    blocked_timeout: float = 30.0  #: how long to wait for a server that has stopped taking messages
    max_message_size: int = 16 * 2**20  #: the server's setting of that name
    management: str = ""  #: http://host:15672, to count reserved jobs with
    cafile: str = ""  #: whom to believe who the server is, if not whom the system believes
    certfile: str = ""  #: who we are, with its key in the same file or in `keyfile`
    keyfile: str = ""


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
            ssl_options=_tls(options, host) if url.scheme == "amqps" else None,
            client_properties={"connection_name": "linda"},
        )
        for host, port in hosts
    ]


def virtual_host(url: driver.BrokerURL) -> str:
    """The URL's path without its first slash; `/` when there is none."""
    return url.path[1:] or "/"


def _tls(options: Options, host: str) -> pika.SSLOptions:
    try:
        context = ssl.create_default_context(cafile=options.cafile or None)
        if options.certfile:
            context.load_cert_chain(options.certfile, options.keyfile or None)
    except OSError as error:
        raise driver.InvalidURL(f"cafile, certfile or keyfile cannot be used: {error}") from error
    return pika.SSLOptions(context, host)
