"""The keys of a queue, all in one hash tag, so that a script may touch them together in a cluster.

    {linda:<queue>}:r    list   ready: id:pushed:attempts, the next one first
    {linda:<queue>}:z    zset   delayed: id:pushed:attempts, by when it is due
    {linda:<queue>}:v    zset   reserved: id:pushed:attempts, by when its lease ends; this member is the receipt
    {linda:<queue>}:b    zset   buried: id:pushed:attempts, by when it was buried
    {linda:<queue>}:d    hash   id -> body, as it was pushed
    {linda:<queue>}:w    hash   id -> why it is buried
    {linda:<queue>}:l    hash   id -> how many leases of it ran out in a row, if any did
    {linda:<queue>}:m    zset   the marker: there while waiting consumers have reason to look
    {linda:<queue>}:in   list   bodies from producers without Linda

Times are microseconds since 1970 by the server's clock. An empty queue has no keys.
"""

from functools import lru_cache
from typing import NamedTuple

#: In the order in which every script takes them.
SUFFIXES = ("r", "z", "v", "b", "d", "w", "l", "m", "in")

#: Every job is in one of these.
_HOLDING = (b"d", b"in")


class Keys(NamedTuple):
    """All keys of one queue."""

    all: tuple[bytes, ...]
    marker: bytes


@lru_cache(maxsize=4096)
def keys_of(prefix: str, queue: str) -> Keys:
    """No name needs escaping: a suffix holds no brace, so the last `}:` ends the name."""
    keys = tuple(f"{{{prefix}:{queue}}}:{suffix}".encode() for suffix in SUFFIXES)
    return Keys(keys, keys[SUFFIXES.index("m")])


def pattern(prefix: str) -> bytes:
    """What SCAN finds all keys of all queues with; a prefix has no character that is special in it."""
    return f"{{{prefix}:*}}:*".encode()


def queue_holding(prefix: str, key: bytes) -> str | None:
    """The name of the queue that `key` shows to hold a job, or None."""
    tag, _, suffix = key.rpartition(b"}:")
    return tag[len(prefix) + 2 :].decode(errors="replace") if suffix in _HOLDING else None
