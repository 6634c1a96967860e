"""From a URL to a server: which kind it is, where it is, and how to open a connection."""

from collections.abc import Mapping
from typing import Any, cast

import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from linda_core.driver import BrokerURL, InvalidURL
from linda_redis.cluster import Cluster
from linda_redis.options import ClusterOptions, Options, SecureOptions, SentinelOptions, UnixOptions
from linda_redis.pool import Address, Connection
from linda_redis.sentinel import Sentinels
from linda_redis.server import Server, SingleServer

Login = Mapping[str, Any]

_PORT = 6379
_SENTINEL_PORT = 26379

#: redis-py tells the server its own version, for which it searches the disk each time it makes a connection.
_NAMELESS = {"driver_info": None} if redis.VERSION >= (7, 2) else {"lib_name": None, "lib_version": None}

#: Answers are bytes, large ones are read in few steps.
_ALWAYS: Mapping[str, Any] = {"protocol": 2, "socket_read_size": 1 << 17, **_NAMELESS}


def server_at(url: BrokerURL, options: Options) -> Server:
    """The server that `url` names; nothing is connected yet. Raises InvalidURL."""
    login = {"username": url.username, "password": url.password}
    match options:
        case SentinelOptions():
            return _watched(url, options, login)
        case ClusterOptions():
            _path(url, 0, "a cluster has no numbered databases")
            return Cluster(_addresses(url, _PORT), lambda address: _tcp(options, address, login))
        case UnixOptions():
            return _local(url, options, login)
        case _:
            return _single(url, options, login)


def _single(url: BrokerURL, options: Options, login: Login) -> Server:
    if len(url.hosts) > 1:
        raise InvalidURL(f"{url} names several hosts; write redis+cluster:// or redis+sentinel://")
    (number,) = _path(url, 1, "only a database number may follow the host")
    (address,) = _addresses(url, _PORT)
    login = {**login, "db": _database(url, number)}
    return SingleServer(lambda: _tcp(options, address, login))


def _watched(url: BrokerURL, options: SentinelOptions, login: Login) -> Server:
    name, number = _path(url, 2, "only the primary's name and a database number may follow the hosts")
    if not name:
        raise InvalidURL(f"{url} lacks the primary's name: redis+sentinel://host:{_SENTINEL_PORT}/name")
    login = {**login, "db": _database(url, number)}
    their_login = {"username": options.sentinel_username, "password": options.sentinel_password}
    sentinels = Sentinels(name, _addresses(url, _SENTINEL_PORT), lambda address: _tcp(options, address, their_login))
    return SingleServer(lambda: _tcp(options, sentinels.primary(), login))


def _local(url: BrokerURL, options: UnixOptions, login: Login) -> Server:
    if url.hosts or not url.path:
        raise InvalidURL(f"{url} needs the path of a socket, and no host: redis+unix:///run/redis.sock")
    arguments = {**login, "path": url.path, "db": options.db}
    return SingleServer(lambda: _made(redis.UnixDomainSocketConnection, options, arguments))


def _tcp(options: Options, address: Address, login: Login) -> Connection:
    secured = isinstance(options, SecureOptions) and options.secured
    kind = redis.SSLConnection if secured else redis.Connection
    return _made(kind, options, {**login, "host": address[0], "port": address[1], "socket_keepalive": True})


def _made(kind: type[Any], options: Options, arguments: Mapping[str, Any]) -> Connection:
    never = Retry(NoBackoff(), 0)  # redis-py's default is to send a command up to eleven times
    return cast("Connection", kind(**_ALWAYS, **options.arguments(), **arguments, retry=never))


def _addresses(url: BrokerURL, port: int) -> list[Address]:
    return [(host.name, host.port or port) for host in url.hosts] or [("localhost", port)]


def _path(url: BrokerURL, most: int, rule: str) -> list[str]:
    """The parts of the path, filled up with "" to `most`."""
    parts = [part for part in url.path.split("/") if part]
    if len(parts) > most:
        raise InvalidURL(f"{url}: path {url.path!r} says too much; {rule}")
    return parts + [""] * (most - len(parts))


def _database(url: BrokerURL, number: str) -> int:
    if number and not (number.isascii() and number.isdecimal()):
        raise InvalidURL(f"{url}: database {number!r} is not a whole number")
    return int(number or 0)
