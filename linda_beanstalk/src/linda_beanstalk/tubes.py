"""Queue names, any Unicode, as tube names, which are 200 bytes of few characters.

A name of allowed characters is its own tube, so that a foreign program needs no rule. In other names each byte
(UTF-8) that is not allowed is written `$` and two hexadecimal digits, and so is `$` itself. A name whose tube
would be too long gets a tube named by its hash; the name itself is kept in a tube beside it. Tubes that are not
queues start with `$` and a small letter, which no escape does.
"""

import re
from hashlib import blake2b

#: Where the record of what was buried, and why, is kept for a tube.
GRAVES = "$graves;"
#: Where connections to one process of the server, whose id follows, say what they hold: see `guards`.
GUARDS = "$guards;"
#: Where the mark is below which the jobs of a tube are purged.
MARKS = "$mark;"
#: Where the whole name of a queue with a hashed tube is kept.
NAMES = "$name;"
#: Where the highest id is kept that was handed out of a tube: see `tops`.
TOPS = "$top;"

_HASHED = "$hash;"
_LONGEST = 200 - len(GRAVES)
_LONGEST_QUEUE = 100  # characters, on every broker
_REFUSED = re.compile(rb"^-|[^A-Za-z0-9+/;._()-]")
_ESCAPED = re.compile(rb"\$([0-9A-F]{2})")


def tube_of(queue: str) -> str:
    """The tube of a queue: two queues never share one."""
    tube = _REFUSED.sub(lambda match: b"$%02X" % ord(match[0]), queue.encode()).decode("ascii")
    if len(tube) > _LONGEST:
        return _HASHED + blake2b(queue.encode(), digest_size=20).hexdigest()
    return tube


def queue_of(tube: str) -> str | None:
    """The queue of a tube, where its name tells; None for a tube that is none, or that `name_tube` has to tell."""
    try:
        queue = _ESCAPED.sub(lambda match: bytes([int(match[1], 16)]), tube.encode("ascii")).decode()
    except UnicodeDecodeError:
        return None
    return queue if len(queue) <= _LONGEST_QUEUE and tube_of(queue) == tube else None


def name_tube(tube: str) -> str | None:
    """Where the name of the queue of a hashed tube is kept; None for other tubes."""
    return NAMES + tube.removeprefix(_HASHED) if tube.startswith(_HASHED) else None
