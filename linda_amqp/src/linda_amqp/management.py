"""The HTTP interface of RabbitMQ's management plugin, for what AMQP does not tell."""

import base64
import json
import ssl
import urllib.request
from dataclasses import dataclass
from http.client import HTTPException
from typing import Self
from urllib.parse import quote, urlsplit

from linda_amqp import failures, names
from linda_amqp.options import Options, virtual_host
from linda_core import driver


@dataclass(frozen=True, slots=True)
class Management:
    """One server's interface, with the user and password of the broker's URL."""

    base: str
    credentials: str
    security: ssl.SSLContext | None

    @classmethod
    def of(cls, url: driver.BrokerURL, options: Options) -> Self | None:
        """None when the URL names no management interface. Raises InvalidURL when it names no web address."""
        if not options.management:
            return None
        parts = urlsplit(options.management)
        if parts.scheme not in {"http", "https"} or not parts.hostname or parts.username:
            raise driver.InvalidURL(
                f"{url}: option management={options.management!r} is not http://host:15672; "
                "user and password are those of the broker"
            )
        login = f"{url.username or 'guest'}:{url.password or 'guest'}"
        base = f"{options.management.rstrip('/')}/api/queues/{quote(virtual_host(url), safe='')}"
        security = options.context(url) if parts.scheme == "https" else None
        return cls(base, base64.b64encode(login.encode()).decode(), security)

    def reserved(self, queue: str) -> int | None:
        """Jobs of `queue` in anybody's hands, as of the server's last look: it looks every five seconds.

        None for a queue that is younger than that. Raises Unreachable.
        """
        request = urllib.request.Request(
            f"{self.base}/{quote(names.work(queue), safe='')}", headers={"Authorization": f"Basic {self.credentials}"}
        )
        try:
            with urllib.request.urlopen(request, timeout=10, context=self.security) as answer:
                unacknowledged = json.load(answer).get("messages_unacknowledged")
        except (OSError, HTTPException, ValueError) as error:
            raise failures.Unreachable(
                f"the management interface, {request.full_url}: {failures.advised(error)}"
            ) from error
        return None if unacknowledged is None else int(unacknowledged)
