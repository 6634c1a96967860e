"""What travels as the body of an NSQ message: an envelope, and before it what NSQ has no place for.

A job that was pushed, is ready, and has been nowhere else is its envelope and nothing more, so any NSQ program can
push it and read it. All others start with a line of their own: `linda1`, a space, and a JSON object with

- `push`: a name of what was pushed once, shared by all its copies;
- `attempts`: how often it was handed out before this copy was made;
- `due`: when its delay is over, in epoch seconds;
- `reason`: why it was buried.
"""

import itertools
import json
import secrets
from collections.abc import Iterator
from typing import NamedTuple, Self

_MARK = b"linda1 "

#: How much longer than its envelope a message may be.
ROOM = 4096
_LONGEST_REASON = 600  #: characters; one may become six bytes


class Message(NamedTuple):
    """A job in a topic."""

    body: bytes
    push: str = ""
    attempts: int = 0
    due: float = 0.0
    reason: str = ""

    @classmethod
    def read(cls, raw: bytes) -> Self:
        """What somebody has written; where it only looks like Linda's, all of it is the body."""
        if not raw.startswith(_MARK):
            return cls(raw)
        line, _, body = raw.partition(b"\n")
        try:
            return cls(body, **json.loads(line.removeprefix(_MARK)))
        except (ValueError, TypeError):
            return cls(raw)

    def write(self) -> bytes:
        """The opposite of `read`. NSQ has no empty messages."""
        facts = {name: value for name in ("push", "attempts", "due", "reason") if (value := getattr(self, name))}
        if self.body and not facts and not self.body.startswith(_MARK):
            return self.body
        return _MARK + json.dumps(facts).encode() + b"\n" + self.body

    def copy(self, *, attempts: int, due: float = 0.0, reason: str = "") -> Self:
        """The same job elsewhere."""
        return self._replace(attempts=attempts, due=due, reason=reason[:_LONGEST_REASON])


def push_names() -> Iterator[str]:
    """Names that nobody else gives."""
    prefix = secrets.token_hex(8)
    return (f"{prefix}.{number}" for number in itertools.count())
