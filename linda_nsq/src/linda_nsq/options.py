"""What a URL may say about NSQ, one dataclass for each kind of URL: an option that means nothing there is refused."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple, Self

from linda_core import driver
from linda_core.driver.tls import TLSOptions

LOOKUP = "nsq+lookupd"

_TCP_PORT, _LOOKUP_PORT = 4150, 4161


class Ports(tuple[int, ...]):
    """One port for all servers of the URL, or one for each in their order: `4151` or `4151,4153`."""

    __slots__ = ()

    def __new__(cls, text: str) -> Self:
        ports = super().__new__(cls, [int(port) for port in text.split(",")])
        if not all(0 < port < 65536 for port in ports):
            raise ValueError("not ports")
        return ports

    def of(self, position: int) -> int:
        """That of the server at `position`."""
        return self[position if len(self) > 1 else 0]


_HTTP_PORTS = Ports("4151")


class Address(NamedTuple):
    """Where one nsqd is reached."""

    host: str
    tcp: int
    http: int

    def __str__(self) -> str:
        return f"[{self.host}]:{self.tcp}" if ":" in self.host else f"{self.host}:{self.tcp}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Options(TLSOptions):
    """What every kind of URL may say. Times are seconds."""

    timeout: float = 10.0  #: how long a call may wait for the server's answer
    connect_timeout: float = 5.0
    heartbeat: float = 5.0  #: how often either side shows that it is there; the server gives up after two
    https: Ports | None = None  #: where statistics are asked over TLS, if not over plain HTTP
    tls: bool = False  #: whether jobs are sent over TLS

    def check(self, url: driver.BrokerURL) -> None:
        """Raises InvalidURL for values that make no sense."""
        for name, least, most in (("timeout", 0, 1e6), ("connect_timeout", 0, 1e6), ("heartbeat", 0.999, 60)):
            if not least < getattr(self, name) <= most:
                raise driver.InvalidURL(
                    f"{url}: {name}={getattr(self, name):g} is not a number of seconds "
                    f"{f'from {least:.0f}' if least else 'above 0'} to {most:g}"
                )
        if url.username:
            raise driver.InvalidURL(f"{url}: NSQ knows a secret and no users; write {url.scheme}://:secret@host")
        if url.path.strip("/"):
            raise driver.InvalidURL(f"{url}: NSQ has nothing that the path {url.path!r} could name; leave it out")
        self.check_tls(url)
        if not (self.tls or self.https):
            self.refuse_tls(url, "tls=true or https=PORT")
        self._check_ports(url, "https", self.https)

    def _check_ports(self, url: driver.BrokerURL, name: str, ports: Ports | None) -> None:
        if ports and len(ports) not in {1, max(len(url.hosts), 1)}:
            raise driver.InvalidURL(
                f"{url}: {name} has {len(ports)} ports for {len(url.hosts)} hosts; give one for all or one for each"
            )


@dataclass(frozen=True, slots=True, kw_only=True)
class DirectOptions(Options):
    """nsq, which names each nsqd."""

    http: Ports = _HTTP_PORTS  #: where statistics are asked, and topics made

    def check(self, url: driver.BrokerURL) -> None:
        Options.check(self, url)
        self._check_ports(url, "http", self.http)

    def addresses(self, url: driver.BrokerURL) -> Sequence[Address]:
        """Each nsqd of the URL, in its order."""
        ports = self.https or self.http
        hosts = [(host.name, host.port) for host in url.hosts] or [("localhost", None)]
        return [Address(host, port or _TCP_PORT, ports.of(place)) for place, (host, port) in enumerate(hosts)]


@dataclass(frozen=True, slots=True, kw_only=True)
class LookupOptions(Options):
    """nsq+lookupd, whose hosts are those of nsqlookupd: it tells where each nsqd is, and its plain HTTP port."""

    def check(self, url: driver.BrokerURL) -> None:
        Options.check(self, url)
        if self.https and len(self.https) > 1:
            raise driver.InvalidURL(f"{url}: https is the port of every nsqd that nsqlookupd tells of; give one")

    def lookups(self, url: driver.BrokerURL) -> Sequence[tuple[str, int]]:
        """Host and HTTP port of each nsqlookupd of the URL, in its order."""
        return [(host.name, host.port or _LOOKUP_PORT) for host in url.hosts] or [("localhost", _LOOKUP_PORT)]


def options_of(url: driver.BrokerURL) -> DirectOptions | LookupOptions:
    """The options of `url`. Raises InvalidURL."""
    options = url.options_as(LookupOptions) if url.scheme == LOOKUP else url.options_as(DirectOptions)
    options.check(url)
    return options
