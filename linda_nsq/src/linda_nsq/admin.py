"""The HTTP interface of one nsqd: what it counts, what it is set to, and how topics are made and emptied.

A call opens a connection of its own, so any thread may call at any time.
"""

import json
import socket
import ssl
import struct
from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from typing import Any
from urllib.parse import urlencode

from linda_nsq.failures import Refused, Unreachable, advised

#: How to close a connection on which all has been said: a worker of several queues asks some hundred times a second,
#: and TCP would keep the port of each for a minute.
_AT_ONCE = struct.pack("ii", 1, 0)


@dataclass(frozen=True, slots=True)
class Channel:
    """What nsqd counts in a channel."""

    depth: int  #: messages that nobody has
    in_flight: int
    deferred: int
    paused: bool


@dataclass(frozen=True, slots=True)
class Topic:
    """What nsqd counts in a topic."""

    depth: int  #: messages that no channel has been given yet
    channels: Mapping[str, Channel]
    paused: bool

    @property
    def waiting(self) -> int:
        """How many messages nobody has."""
        return self.depth + sum(channel.depth for channel in self.channels.values())

    def coming(self, channel: str) -> int:
        """How many of those whoever consumes the channel is going to be sent."""
        known = self.channels.get(channel)
        if known is None or known.paused:
            return 0
        return known.depth if self.paused else known.depth + self.depth


@dataclass(frozen=True, slots=True)
class Web:
    """An HTTP server and how long to wait for it, in seconds."""

    host: str
    port: int
    security: ssl.SSLContext | None = None  #: None for plain HTTP
    timeout: float = 10.0
    connect_timeout: float = 5.0

    def get(self, path: str, **arguments: str) -> Any:
        """What the JSON in the answer says. Raises Unreachable, and Refused with the server's word for why."""
        return self._call("GET", path, arguments)

    def post(self, path: str, **arguments: str) -> None:
        """Raises as `get` does."""
        self._call("POST", path, arguments)

    def _call(self, method: str, path: str, arguments: Mapping[str, str]) -> Any:
        target = f"{path}?{urlencode(arguments)}" if arguments else path
        try:
            with closing(self._connection()) as connection:
                connection.connect()
                connection.sock.settimeout(self.timeout)
                connection.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _AT_ONCE)
                connection.request(method, target)
                answer = connection.getresponse()
                body = answer.read()
        except (OSError, HTTPException) as error:
            raise Unreachable(f"the HTTP interface, {self}: {advised(error)}") from error
        return self._understood(answer.status, body)

    def _connection(self) -> HTTPConnection:
        if self.security:
            return HTTPSConnection(self.host, self.port, timeout=self.connect_timeout, context=self.security)
        return HTTPConnection(self.host, self.port, timeout=self.connect_timeout)

    def _understood(self, status: int, body: bytes) -> Any:
        try:
            said = json.loads(body) if body else None
        except ValueError:
            raise Unreachable(f"the HTTP interface, {self}: what answers there is not NSQ") from None
        if status < 400:
            return said
        reason = said.get("message") if isinstance(said, dict) else said
        if reason == "TLS_REQUIRED":
            raise Unreachable(f"the HTTP interface, {self}, wants TLS: say its port in the URL, https=4152")
        raise Refused(f"the HTTP interface, {self}: {reason}")

    def __str__(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{'https' if self.security else 'http'}://{host}:{self.port}"


@dataclass(frozen=True, slots=True)
class Admin:
    """What an operator may ask of one nsqd, and tell it. Each method raises Unreachable and Refused."""

    web: Web

    def topics(self, topic: str = "") -> Mapping[str, Topic]:
        """All topics, or the one of that name if it is there, as of now.

        nsqd answers for a topic once it has carried out what was written to it, its `sync-every` included
        (go-diskqueue, diskqueue.go: the depth is told by the loop that writes).
        """
        stats = self.web.get("/stats", format="json", include_clients="0", include_mem="0", topic=topic)
        return {told["topic_name"]: _topic(told) for told in stats["topics"] or ()}

    def name(self) -> str:
        """What it calls itself, the same however it is reached."""
        told = self.web.get("/info")
        return f"{told['broadcast_address']}:{told['tcp_port']}"

    def version(self) -> str:
        return str(self.web.get("/info")["version"])

    def setting(self, name: str) -> int:
        """What the flag of that name is, with `_` for each `-`; durations in nanoseconds."""
        return int(self.web.get(f"/config/{name}"))

    def create(self, topic: str, channels: Sequence[str]) -> None:
        """Makes sure that they are there."""
        self.web.post("/topic/create", topic=topic)
        for channel in channels:
            self.web.post("/channel/create", topic=topic, channel=channel)

    def empty(self, topic: str, channel: str) -> None:
        """Drops all messages of a channel, deferred and in flight too, and those of the topic that no channel has."""
        self._unless_gone("/topic/empty", topic=topic)
        self._unless_gone("/channel/empty", topic=topic, channel=channel)

    def _unless_gone(self, path: str, **arguments: str) -> None:
        try:
            self.web.post(path, **arguments)
        except Refused as refusal:
            if not str(refusal).endswith("_NOT_FOUND"):
                raise


def _topic(told: Mapping[str, Any]) -> Topic:
    channels = {channel["channel_name"]: _channel(channel) for channel in told["channels"]}
    return Topic(told["depth"], channels, told["paused"])


def _channel(told: Mapping[str, Any]) -> Channel:
    return Channel(told["depth"], told["in_flight_count"], told["deferred_count"], told["paused"])
