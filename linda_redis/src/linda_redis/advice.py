"""What the server tells about itself: how durable and large its jobs may be, and what its operator should know."""

import logging
from dataclasses import dataclass
from typing import Any

from redis import exceptions

from linda_core.driver import BrokerURL, Durability, InvalidURL, Unsupported
from linda_redis.pool import Pool

log = logging.getLogger("linda.redis")

#: The first with LPOP of several and ZMSCORE. Every Valkey has them.
OLDEST = (6, 2)

#: Bytes; Redis's own default for `proto-max-bulk-len`.
LARGEST_BODY = 512 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Profile:
    """A server, as far as it tells."""

    name: str
    durability: Durability
    largest_body: int


def profile(pool: Pool, url: BrokerURL) -> Profile:
    """Ask the server behind `pool`, and warn in the log about what endangers jobs.

    A server that may not answer (an ACL, a managed service) is taken for what can be seen. Raises InvalidURL
    or Unsupported for one that cannot serve at all.
    """
    facts = _facts(pool)
    _check(facts, url)
    append_only = facts.get("aof_enabled") == "1" or _setting(pool, "appendonly") == "yes"
    snapshots = _setting(pool, "save")
    eviction = _setting(pool, "maxmemory-policy") or facts.get("maxmemory_policy", "")
    if eviction.startswith("allkeys"):
        log.warning(
            "%s: maxmemory-policy is %s, so the server throws jobs away when its memory is full; set it to noeviction",
            url,
            eviction,
        )
    durability = Durability.CRASH if append_only else Durability.RESTART if snapshots else Durability.NONE
    if not append_only:
        log.warning("%s: %s; set appendonly to yes to keep them", url, _LOSES[durability])
    body = _setting(pool, "proto-max-bulk-len")
    return Profile(_name(facts), durability, int(body) if body else LARGEST_BODY)


_LOSES = {
    Durability.RESTART: "the server only saves snapshots, so a crash loses all jobs since the last one",
    Durability.NONE: "the server, as far as it tells, saves nothing, so its jobs end with it",
}


def _facts(pool: Pool) -> dict[str, str]:
    """All of INFO that matters here; nothing where INFO is not allowed."""
    text = _allowed(pool, "INFO") or b""
    lines = (line.partition(":") for line in text.decode(errors="replace").splitlines())
    return {name: value for name, _, value in lines if value}


def _setting(pool: Pool, name: str) -> str | None:
    """The value of a setting; None where CONFIG is not allowed."""
    answer = _allowed(pool, "CONFIG", "GET", name)
    return answer[1].decode() if answer else None


def _allowed(pool: Pool, *command: str) -> Any:
    """The answer, or None from a server that does not answer this to us."""
    try:
        return pool.call(*command)
    except exceptions.ResponseError:
        return None


def _check(facts: dict[str, str], url: BrokerURL) -> None:
    mode = facts.get("redis_mode") or facts.get("server_mode")
    if mode == "sentinel":
        raise InvalidURL(f"{url} is a Sentinel; write redis+sentinel://host:port/name-of-the-primary")
    if mode == "cluster" and url.scheme != "redis+cluster":
        raise InvalidURL(f"{url} is a node of a cluster; write redis+cluster://")
    version = facts.get("redis_version", "")
    if version and tuple(map(int, version.split(".")[:2])) < OLDEST:
        raise Unsupported(f"{url} is Redis {version}; Linda needs {OLDEST[0]}.{OLDEST[1]} or newer, or Valkey")


def _name(facts: dict[str, str]) -> str:
    if "valkey_version" in facts:
        return f"Valkey {facts['valkey_version']}"
    return f"Redis {facts['redis_version']}" if "redis_version" in facts else "Redis"
