"""What Linda's queues are called on the server. Two names never share anything there.

A queue keeps its own name where it can, so that any AMQP program finds it. AMQP allows 255 bytes (specification
0-9-1, 4.2.5.3), the server drops line breaks and keeps `amq.` for itself, and `linda.` is kept for Linda: such a name
is spelled as a word behind `linda.queue.`.
"""

import hashlib
from urllib.parse import quote

#: Where the list of all names is.
REGISTER = "linda.names"

_LONGEST_NAME = 255
#: Leaves room in a routing key of 255 bytes for the ladder's steps.
_LONGEST_WORD = 128


def work(queue: str) -> str:
    """Where the ready and the reserved jobs of `queue` are."""
    fits = queue.isprintable() and len(queue.encode()) <= _LONGEST_NAME
    return queue if fits and not queue.startswith(("amq.", "linda.")) else f"linda.queue.{word(queue)}"


def buried(queue: str) -> str:
    """Where the buried jobs of `queue` are."""
    return f"linda.buried.{word(queue)}"


def word(queue: str) -> str:
    """`queue` as one word of a routing key: without dots, which would end it, nor wildcards.

    A name too long for that is its SHA-256 behind a `=`, which percent-encoding never produces.
    """
    encoded = quote(queue, safe="").replace(".", "%2E")
    return encoded if len(encoded) <= _LONGEST_WORD else f"={hashlib.sha256(queue.encode()).hexdigest()}"
