"""What is in a ledger's log: jobs as anybody may push them, and commands as only Linda writes them.

A job's record has the queue's name as its key and the envelope as its value. A command's key is the byte FF, which no
name in UTF-8 can begin with; its value is a JSON object without line breaks and, for commands that carry a body, a
line break and the body. The server stamps each record with a time, in milliseconds.
"""

import json
from typing import Any, NamedTuple

from linda_kafka.failures import NewerLedger

#: The version of the commands. Readers refuse what they do not know: they would come to another verdict.
VERSION = 1

#: Where jobs go whose record names no queue, neither in the key nor in the envelope.
DEFAULT_QUEUE = "default"

COMMAND = b"\xff"

_LONGEST_NAME = 100

_decode = json.JSONDecoder().decode
_encode = json.JSONEncoder(separators=(",", ":")).encode


class Record(NamedTuple):
    """One record of the log, in the form in which it is produced."""

    key: bytes
    value: bytes


class Command(NamedTuple):
    """What somebody asks for."""

    verb: str
    what: dict[str, Any]
    body: bytes = b""


def job(queue: str, body: bytes, delay: int) -> Record:
    """A job that is to become ready after `delay` milliseconds."""
    if delay:
        return command("push", {"queue": queue, "delay": delay}, body)
    return Record(queue.encode(), body)


def command(verb: str, what: dict[str, Any], body: bytes = b"") -> Record:
    """A command as a record."""
    header = _encode({"v": VERSION, "do": verb, **what}).encode()
    return Record(COMMAND, header + b"\n" + body if body else header)


def command_of(value: bytes) -> Command:
    """The command in a record's value. Raises NewerLedger for what this Linda does not know."""
    header, _, body = value.partition(b"\n")
    what = _decode(header.decode())
    if what["v"] != VERSION:
        raise NewerLedger(f"commands of version {what['v']}")
    return Command(what["do"], what, body)


def queue_of(key: bytes | None, value: bytes) -> str:
    """The queue of a job that anybody may have pushed: named by the key or, without one, by the envelope."""
    try:
        name = key.decode() if key else json.loads(value)["queue"]
    except (ValueError, KeyError, TypeError, RecursionError):
        return DEFAULT_QUEUE
    return name if isinstance(name, str) and 0 < len(name) <= _LONGEST_NAME else DEFAULT_QUEUE


def body_of(key: bytes | None, value: bytes) -> bytes:
    """The envelope in a record that has a job."""
    return command_of(value).body if key == COMMAND else value
