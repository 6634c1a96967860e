"""What a URL may say about Redis, one dataclass for each kind of URL: an option that means nothing there is refused."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from linda_core.driver import BrokerURL, InvalidURL
from linda_core.driver.tls import TLSOptions

_PREFIX = re.compile(r"[A-Za-z0-9_.-]{1,50}")


@dataclass(frozen=True, kw_only=True)
class Options:
    """What every kind of URL may say. Times are seconds."""

    prefix: str = "linda"  #: all keys start with `{prefix:`; programs with different prefixes share nothing
    timeout: float = 10.0  #: how long a call may wait for the server's answer
    connect_timeout: float = 5.0

    def check(self, url: BrokerURL) -> None:
        """Raises InvalidURL for values that make no sense."""
        if not _PREFIX.fullmatch(self.prefix):
            raise InvalidURL(f"{url}: prefix {self.prefix!r} is not 1 to 50 letters, digits, '_', '.' or '-'")
        for name in ("timeout", "connect_timeout"):
            if not 0 < getattr(self, name) < 1e6:
                raise InvalidURL(f"{url}: {name}={getattr(self, name)} is not a number of seconds above 0")

    def arguments(self) -> dict[str, Any]:
        """What redis-py wants to know for each connection."""
        return {"socket_timeout": self.timeout, "socket_connect_timeout": self.connect_timeout}


@dataclass(frozen=True, kw_only=True)
class UnixOptions(Options):
    """redis+unix, whose path is the socket's."""

    db: int = 0


@dataclass(frozen=True, kw_only=True)
class SecureOptions(Options, TLSOptions):
    """rediss."""

    @property
    def secured(self) -> bool:
        """Whether connections are encrypted."""
        return True

    def check(self, url: BrokerURL) -> None:
        super().check(url)
        self.check_tls(url)

    def arguments(self) -> dict[str, Any]:
        if not self.secured:
            return super().arguments()
        return super().arguments() | {
            "ssl_ca_certs": self.ca,
            "ssl_certfile": self.cert,
            "ssl_keyfile": self.cert_key,
            "ssl_cert_reqs": "required" if self.verify else "none",
            "ssl_check_hostname": self.verify,
        }


@dataclass(frozen=True, kw_only=True)
class ClusterOptions(SecureOptions):
    """redis+cluster."""

    tls: bool = False

    @property
    def secured(self) -> bool:
        return self.tls

    def check(self, url: BrokerURL) -> None:
        super().check(url)
        if not self.tls:
            self.refuse_tls(url, "tls=true")


@dataclass(frozen=True, kw_only=True)
class SentinelOptions(ClusterOptions):
    """redis+sentinel; `tls` goes for the Sentinels as well."""

    sentinel_username: str | None = None
    sentinel_password: str | None = None


_KINDS: Mapping[str, type[Options]] = {
    "redis": Options,
    "rediss": SecureOptions,
    "redis+unix": UnixOptions,
    "redis+sentinel": SentinelOptions,
    "redis+cluster": ClusterOptions,
}


def options_of(url: BrokerURL) -> Options:
    """The options of `url`. Raises InvalidURL."""
    options = url.options_as(_KINDS[url.scheme])
    options.check(url)
    return options
