"""What a server says: its answers, cut from the stream of bytes that a socket brings."""

import socket
from typing import NamedTuple

import greenstalk

#: Bytes read from the socket at once, at most: about as much as a batch brings.
_BUFFER = 2**16

#: Words that answer a question, be it with a refusal. After every other one the connection is not to be trusted.
_ANSWERS = frozenset(
    b"BURIED DEADLINE_SOON DELETED DRAINING FOUND INSERTED KICKED NOT_FOUND OK OUT_OF_MEMORY RELEASED RESERVED "
    b"TIMED_OUT TOUCHED USING WATCHING".split()
)
_WITH_BODY = frozenset({b"FOUND", b"OK", b"RESERVED"})


class Answer(NamedTuple):
    """A word, values after it, and a body if it brought one."""

    word: bytes
    values: list[bytes]
    body: bytes

    @property
    def id(self) -> int:
        """The job that is spoken of."""
        return int(self.values[0])


#: The answers that are one word, ready-made: they are most of them.
_BARE = {word: Answer(word, [], b"") for word in _ANSWERS - _WITH_BODY}


class Answers:
    """The answers that arrive on one socket. Bytes are copied once, however many answers they hold.

    Every method raises ConnectionError if the stream ends before what it was asked for.
    """

    def __init__(self, link: socket.socket) -> None:
        self._link = link
        self._bytes = b""
        self._at = 0  # of these bytes, as many have been read

    def read(self, count: int) -> list[Answer]:
        """The next `count` answers. Raises greenstalk.Error for one that means that the two sides are out of step."""
        return [self.next() for _ in range(count)]

    def next(self) -> Answer:
        """One answer."""
        line = self.line()
        return _BARE.get(line) or self._whole(line)

    def line(self) -> bytes:
        """A line, without its end."""
        while (end := self._bytes.find(b"\r\n", self._at)) < 0:
            self._fetch(1)
        line = self._bytes[self._at : end]
        self._at = end + 2
        return line

    def body(self, size: int) -> bytes:
        """A body of so many bytes, without the end of its line."""
        missing = self._at + size + 2 - len(self._bytes)
        if missing > 0:
            self._fetch(missing)
        start, self._at = self._at, self._at + size + 2
        return self._bytes[start : start + size]

    def _whole(self, line: bytes) -> Answer:
        word, *values = line.split() or [b""]
        if word in _WITH_BODY:
            return Answer(word, values, self.body(int(values[-1])))
        if word not in _ANSWERS:
            raise error(word, values)
        return Answer(word, values, b"")

    def _fetch(self, least: int) -> None:
        """Wait until at least so many bytes more are there."""
        chunks = [self._bytes[self._at :]]
        while least > 0:
            chunk = self._link.recv(max(_BUFFER, least))
            if not chunk:
                raise ConnectionError(f"the connection ended after {chunks[-1][-80:]!r}")
            chunks.append(chunk)
            least -= len(chunk)
        self._bytes, self._at = b"".join(chunks), 0


def refusal(answer: Answer) -> greenstalk.Error:
    """The exception for an answer that does not belong to the command."""
    if answer.word == b"BURIED":  # instead of INSERTED or RELEASED
        return greenstalk.OutOfMemoryError("the server is out of memory, and buried the job instead")
    return error(answer.word, answer.values)


def error(word: bytes, values: list[bytes]) -> greenstalk.Error:
    """The exception for a word that is no answer."""
    if word in greenstalk.ERROR_RESPONSES:
        told: greenstalk.Error = greenstalk.ERROR_RESPONSES[word](values)
        told.args = (word.decode(),)  # so that its message says which
        return told
    return greenstalk.UnknownResponseError(word, values)
