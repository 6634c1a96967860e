"""pynsq's codec with types, and what it gets wrong.

It reads the attempts of a message as a signed number, joins the bodies of MPUB one by one, and knows no way to hear
that FIN, REQ and TOUCH have been carried out.
"""

import struct
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from nsq import protocol  # pyright: ignore[reportMissingTypeStubs]

MAGIC: bytes = protocol.MAGIC_V2
RESPONSE: int = protocol.FRAME_TYPE_RESPONSE
MESSAGE: int = protocol.FRAME_TYPE_MESSAGE

#: The size of a frame, which does not count itself, and its type.
FRAME = struct.Struct(">ll")
#: What a message begins with: when it was published, how often it was sent, its id.
MESSAGE_HEAD = struct.Struct(">qH16s")

#: What MPUB adds to each message.
LENGTH = 4

_SIZE = struct.Struct(">l")


def identify(facts: Mapping[str, Any]) -> bytes:
    return bytes(protocol.identify(facts))


def auth(secret: str) -> bytes:
    return bytes(protocol.auth(secret.encode()))


def subscribe(topic: str, channel: str) -> bytes:
    return bytes(protocol.subscribe(topic, channel))


def publish(topic: str, bodies: Sequence[bytes]) -> bytes:
    """One message or many; all of them or none arrive."""
    if len(bodies) == 1:
        return bytes(protocol.pub(topic, bodies[0]))
    parts = [_SIZE.pack(len(bodies)), *(part for body in bodies for part in (_SIZE.pack(len(body)), body))]
    content = b"".join(parts)
    return b"%s %s\n%s%s" % (protocol.MPUB, topic.encode(), _SIZE.pack(len(content)), content)


def ready(number: int) -> bytes:
    return bytes(protocol.ready(number))


def finish(messages: Iterable[bytes]) -> bytes:
    return _each(protocol.FIN, messages, b"\n")


def requeue(messages: Iterable[bytes]) -> bytes:
    return _each(protocol.REQ, messages, b" 0\n")


def touch(messages: Iterable[bytes]) -> bytes:
    return _each(protocol.TOUCH, messages, b"\n")


def nop() -> bytes:
    return bytes(protocol.nop())


def _each(command: bytes, messages: Iterable[bytes], end: bytes) -> bytes:
    start = command + b" "
    joined = (end + start).join(messages)
    return start + joined + end if joined else b""


#: A command with a reply, which comes when all commands before it have been carried out. What it publishes goes where
#: nobody listens and nothing is kept. FIN with an id that is nobody's has a reply as well, and fills the server's log.
BARRIER = publish("linda.barrier#ephemeral", [b"."])
