"""A broker whose keys nobody else has, and a way past it to the server."""

import re
import secrets
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from linda_core.clock import SYSTEM_CLOCK
from linda_core.url import BrokerURL
from linda_redis.connection import server_at
from linda_redis.driver import RedisDriver
from linda_redis.options import options_of
from tests.servers.server import Server

#: Sends a command: `command("LLEN", key)`.
Command = Callable[..., Any]


@pytest.fixture
def prefix() -> str:
    return f"test-{secrets.token_hex(6)}"


@pytest.fixture
def url(redis_server: Server, prefix: str) -> str:
    return f"{redis_server.url}?prefix={prefix}&timeout=30"


@pytest.fixture
def driver(url: str) -> Iterator[RedisDriver]:
    driver = driver_at(url)
    yield driver
    driver.close()


@pytest.fixture
def command(url: str) -> Iterator[Command]:
    yield from commands_at(url)


def driver_at(url: str) -> RedisDriver:
    return RedisDriver.connect(BrokerURL.parse(url), SYSTEM_CLOCK)


def commands_at(url: str) -> Iterator[Command]:
    parsed = BrokerURL.parse(url)
    server = server_at(parsed, options_of(parsed))
    yield server.pools()[0].call
    server.close()


def calls(command: Command, name: str) -> int:
    """How often a command was called since CONFIG RESETSTAT."""
    found = re.search(rb"cmdstat_%s:calls=(\d+)" % name.encode(), command("INFO", "commandstats"))
    return int(found[1]) if found else 0
