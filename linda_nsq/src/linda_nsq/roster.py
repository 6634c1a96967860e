"""Which servers a URL means, and how each of them is reached."""

from collections.abc import Sequence

from linda_core import driver
from linda_nsq import lookup, options
from linda_nsq.admin import Admin, Web
from linda_nsq.options import Address, LookupOptions
from linda_nsq.security import Security
from linda_nsq.server import Server
from linda_nsq.settings import settings_of


class Roster:
    """Its methods ask servers and take their time; they may be called in any thread."""

    def __init__(self, url: driver.BrokerURL) -> None:
        """Raises InvalidURL."""
        self._url = url
        self._options = given = options.options_of(url)
        context = given.context(url) if given.tls or given.https else None
        self._web_context = context if given.https else None
        self._security = Security(
            timeout=given.timeout,
            connect_timeout=given.connect_timeout,
            heartbeat=given.heartbeat,
            context=context if given.tls else None,
            secret=url.password or "",
        )

    @property
    def patience(self) -> float:
        """Seconds of silence after which somebody is given up."""
        return 2 * self._options.heartbeat

    def addresses(self) -> Sequence[Address]:
        """Of all servers there are now. Raises Unreachable when nobody can tell."""
        given = self._options
        if not isinstance(given, LookupOptions):
            return given.addresses(self._url)
        lookups = [Web(*place, None, given.timeout, given.connect_timeout) for place in given.lookups(self._url)]
        return [
            address._replace(http=given.https.of(0)) if given.https else address
            for address in lookup.discovered(lookups)
        ]

    def server(self, address: Address) -> Server:
        """Raises Unreachable and Refused."""
        given = self._options
        admin = Admin(Web(address.host, address.http, self._web_context, given.timeout, given.connect_timeout))
        return Server(address, admin, self._security, settings_of(admin))
