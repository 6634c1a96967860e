"""What Linda's queues are called on the server. Two names never share a topic there.

A queue keeps its own name where it can, so that any NSQ program finds it. NSQ allows 64 characters of
`[.a-zA-Z0-9_-]` (nsq, internal/protocol/names.go), and `linda.` is kept for Linda; any other name is spelled as a
word behind `linda.queue.`. A word says the name itself, unless that is too long; then it is a digest, and the name is
told by the channels of a topic of its own, since a channel is the one text that nsqd keeps without a message.
"""

import base64
import hashlib
import re
from collections.abc import Collection, Mapping, Sequence

#: The one channel of all of Linda: whoever consumes a queue has its jobs from there.
CHANNEL = "linda"

_KEPT = "linda."
_PLAIN = re.compile(r"[.a-zA-Z0-9_-]{1,64}")
_WORK, _NAME, _BURIED, _DELAYED = (f"{_KEPT}{purpose}." for purpose in ("queue", "name", "buried", "delayed"))

#: Leaves room for the longest of these and for the number of a rung.
_LONGEST_WORD = 38
#: What starts the word that is a digest: `_` and two hexadecimal digits is what spelling makes of a byte.
_DIGEST = "__"
#: Leaves room for the number of the piece.
_LONGEST_PIECE = 60


def work(queue: str) -> str:
    """The topic with the ready and the reserved jobs of `queue`."""
    plain = _PLAIN.fullmatch(queue) and not queue.startswith(_KEPT)
    return queue if plain else f"{_WORK}{word(queue)}"


def buried(queue: str) -> str:
    """The topic with the buried jobs of `queue`."""
    return f"{_BURIED}{word(queue)}"


def delayed(queue: str, rung: int) -> str:
    """The topic with the delayed jobs of `queue` on one rung of the ladder."""
    return f"{_DELAYED}{word(queue)}.{rung}"


def told(queue: str) -> tuple[str, Sequence[str]] | None:
    """A topic and the channels that tell the name of `queue`; None when its word says it."""
    if not word(queue).startswith(_DIGEST):
        return None
    text = _spelled(queue)
    pieces = [text[start : start + _LONGEST_PIECE] for start in range(0, len(text), _LONGEST_PIECE)]
    return f"{_NAME}{word(queue)}", [f"{number:02}.{piece}" for number, piece in enumerate(pieces)]


def word(queue: str) -> str:
    """`queue` in at most 38 of the characters that NSQ allows, without a dot."""
    spelled = _spelled(queue)
    if len(spelled) <= _LONGEST_WORD:
        return spelled
    digest = hashlib.sha256(queue.encode()).digest()[:20]
    return _DIGEST + base64.b32encode(digest).decode().lower()


def queues(topics: Mapping[str, Collection[str]]) -> Mapping[str, str]:
    """The queue of each topic that may be Linda's, given all topics and the channels of each.

    Left out are topics that only tell a name, those whose name was not told to the end, and those that others alone
    consume.
    """
    names = dict(_told(topics))
    owned = ((topic, _queue(topic, names)) for topic, channels in topics.items() if _ours(topic, channels))
    return {topic: queue for topic, queue in owned if queue is not None}


def _ours(topic: str, channels: Collection[str]) -> bool:
    return not topic.startswith(_NAME) and (not channels or CHANNEL in channels)


def _queue(topic: str, names: Mapping[str, str]) -> str | None:
    if not topic.startswith(_KEPT):
        return topic
    for purpose in (_WORK, _BURIED, _DELAYED):
        if topic.startswith(purpose):
            spelled = topic.removeprefix(purpose).partition(".")[0]
            return names.get(spelled) if spelled.startswith(_DIGEST) else _read(spelled)
    return None


def _told(topics: Mapping[str, Collection[str]]) -> Sequence[tuple[str, str]]:
    """Words that are digests, and the names they stand for."""
    plain = [(word(topic), topic) for topic in topics if not topic.startswith(_KEPT)]
    spelled = [
        (topic.removeprefix(_NAME), _read(_joined(topics[topic]))) for topic in topics if topic.startswith(_NAME)
    ]
    return plain + [(digest, queue) for digest, queue in spelled if queue and word(queue) == digest]


def _joined(channels: Collection[str]) -> str:
    return "".join(channel.partition(".")[2] for channel in sorted(channels))


def _spelled(queue: str) -> str:
    return re.sub(r"[^a-zA-Z0-9-]", lambda match: "".join(f"_{byte:02X}" for byte in match[0].encode()), queue)


def _read(spelled: str) -> str | None:
    """The opposite of `_spelled`; None for what it never makes."""
    text = re.sub(r"_([0-9A-F]{2})", lambda match: chr(int(match[1], 16)), spelled)
    try:
        queue = text.encode("latin-1").decode()
    except UnicodeError:
        return None
    return queue if _spelled(queue) == spelled else None
