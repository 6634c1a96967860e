"""greenstalk's client, taught to send many commands at once.

From greenstalk come the errors, the table of the words that mean them, the commands used one at a time and the
parsing of statistics. It sends a command and waits for its answer, which is most of the time that a job
takes; beanstalkd answers in order, so commands may follow one another without a pause, and that is added here.
Besides, greenstalk waits for ever, and an answer that was cut off is an AssertionError to it; here it is a
ConnectionError, as every other end of a connection.
"""

import select
import socket
from collections.abc import Sequence
from contextlib import suppress
from math import ceil
from typing import NamedTuple

import greenstalk

#: As many commands as go out before the first answer is read: their answers must fit into the sockets' buffers
#: on the way, or both sides would wait for each other.
WINDOW = 250

#: Words that answer a question, be it with a refusal. After every other one the connection is not to be trusted.
_ANSWERS = frozenset(
    b"BURIED DEADLINE_SOON DELETED DRAINING FOUND INSERTED KICKED NOT_FOUND OK OUT_OF_MEMORY RELEASED RESERVED "
    b"TIMED_OUT TOUCHED USING WATCHING".split()
)
#: A wait of whole seconds may end this many seconds later; it is not cut short for that.
_PROMPT = 0.02
_WITH_BODY = frozenset({b"FOUND", b"OK", b"RESERVED"})


class Answer(NamedTuple):
    """What the server said: a word, values after it, and a body if it brought one."""

    word: bytes
    values: list[bytes]
    body: bytes

    @property
    def id(self) -> int:
        """The job that is spoken of."""
        return int(self.values[0])


#: The answers that are one word, ready-made: they are most of them.
_BARE = {word + b"\r\n": Answer(word, [], b"") for word in _ANSWERS}


class Client(greenstalk.Client[bytes]):
    """One connection. After any exception it is out of step with the server, and only good for `close`."""

    def __init__(self, host: str, port: int, patience: float) -> None:
        link = socket.create_connection((host, port), timeout=patience)
        link.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        link.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        super().__init__(link, encoding=None)
        self.hung_up = False
        self._readable = select.poll()
        self._readable.register(link, select.POLLIN)

    def exchange(self, commands: Sequence[bytes]) -> list[Answer]:
        """Send all commands, each ended by CRLF; their answers, in order. Raises greenstalk.Error or OSError."""
        answers: list[Answer] = []
        for start in range(0, len(commands), WINDOW):
            window = commands[start : start + WINDOW]
            self._sock.sendall(b"".join(window))
            lines = (self._line() for _ in window)
            answers += [_BARE.get(line) or self._answer(line) for line in lines]
        return answers

    def wait_for_job(self, seconds: float) -> Answer | None:
        """One `reserve` that lasts until a job comes, `seconds` have passed, or another thread hangs up.

        The server counts whole seconds; hanging up is how a wait ends between two of them.
        """
        whole = max(1, ceil(seconds - _PROMPT))
        self._sock.sendall(b"reserve-with-timeout %d\r\n" % whole)
        cut = whole > seconds + _PROMPT
        if not self._arrives_within(seconds if cut else whole + _PROMPT) and cut:
            self.hang_up()
        try:
            answer = self._answer(self._line())
        except ConnectionError:
            if self.hung_up:  # by then a proxy may have closed the other way as well
                return None
            raise
        return answer if answer.word == b"RESERVED" and not self.hung_up else None

    def hang_up(self) -> None:
        """Send nothing more: the server ends a wait at once, and takes back what it has just handed out."""
        self.hung_up = True
        with suppress(OSError):  # it was gone already
            self._sock.shutdown(socket.SHUT_WR)

    @property
    def usable(self) -> bool:
        """Whether a command can be sent: nothing has arrived unasked, such as the end of the connection."""
        return not self.hung_up and not self._arrives_within(0)

    def close(self) -> None:
        """Closes the connection, also where a forked child has a copy of the socket. Twice is fine."""
        with suppress(OSError):  # it was gone already
            self._sock.shutdown(socket.SHUT_RDWR)
        super().close()

    def _arrives_within(self, seconds: float) -> bool:
        return bool(self._readable.poll(ceil(seconds * 1000)))

    def _answer(self, line: bytes) -> Answer:
        word, *values = line.split()
        if word not in _ANSWERS:
            raise _error(word, values)
        return Answer(word, values, self._read_chunk(int(values[-1])) if word in _WITH_BODY else b"")

    def _line(self) -> bytes:
        line = self._reader.readline()
        if not line.endswith(b"\r\n"):
            raise ConnectionError(f"the connection ended within an answer: {line!r}" if line else "connection closed")
        return line

    # greenstalk's own two ways to read, which all its commands use

    def _send_cmd(self, cmd: bytes, expected: bytes) -> list[bytes]:
        self._sock.sendall(cmd + b"\r\n")
        return greenstalk._parse_response(self._line(), expected)

    def _read_chunk(self, size: int) -> bytes:
        chunk = self._reader.read(size + 2)
        if len(chunk) != size + 2:
            raise ConnectionError(f"the connection ended after {len(chunk)} of {size} bytes of a body")
        return chunk[:-2]


def refusal(answer: Answer) -> greenstalk.Error:
    """The exception for an answer that does not belong to the command."""
    if answer.word == b"BURIED":  # instead of INSERTED or RELEASED
        return greenstalk.OutOfMemoryError("the server is out of memory, and buried the job instead")
    return _error(answer.word, answer.values)


def _error(word: bytes, values: list[bytes]) -> greenstalk.Error:
    if word in greenstalk.ERROR_RESPONSES:
        error: greenstalk.Error = greenstalk.ERROR_RESPONSES[word](values)
        error.args = (word.decode(),)  # so that its message says which
        return error
    return greenstalk.UnknownResponseError(word, values)
