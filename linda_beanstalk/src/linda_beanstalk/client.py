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

import greenstalk

from linda_beanstalk.answers import Answer, Answers

#: As many commands as go out before the first answer is read: their answers must fit into the sockets' buffers
#: on the way, or both sides would wait for each other.
WINDOW = 250

#: A wait of whole seconds may end this many seconds later; it is not cut short for that.
_PROMPT = 0.02


class Client(greenstalk.Client[bytes]):
    """One connection. After any exception it is out of step with the server, and only good for `close`."""

    def __init__(self, host: str, port: int, patience: float) -> None:
        link = socket.create_connection((host, port), timeout=patience)
        try:
            link.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            link.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
            super().__init__(link, encoding=None)
        except OSError:  # the server was gone again
            link.close()
            raise
        self._answers = Answers(link)
        self._owed = 0  # answers that nobody waits for
        self.hung_up = False
        self._readable = select.poll()
        self._readable.register(link, select.POLLIN)

    def exchange(self, commands: Sequence[bytes]) -> list[Answer]:
        """Send all commands, each ended by CRLF; their answers, in order. Raises greenstalk.Error or OSError."""
        answers: list[Answer] = []
        for start in range(0, len(commands), WINDOW):
            window = commands[start : start + WINDOW]
            self._sock.sendall(b"".join(window))
            self._pass_over()
            answers += self._answers.read(len(window))
        return answers

    def tell(self, commands: Sequence[bytes]) -> None:
        """Send a few commands whose answers nobody needs: they are not waited for, but passed over later."""
        self._owed += len(commands)
        self._sock.sendall(b"".join(commands))

    def wait_for_job(self, seconds: float) -> Answer | None:
        """One `reserve` that lasts until a job comes, `seconds` have passed, or another thread hangs up.

        The server counts whole seconds; hanging up is how a wait ends between two of them.
        """
        self._pass_over()
        whole = max(1, ceil(seconds - _PROMPT))
        self._sock.sendall(b"reserve-with-timeout %d\r\n" % whole)
        cut = whole > seconds + _PROMPT
        if not self._arrives_within(seconds if cut else whole + _PROMPT) and cut:
            self.hang_up()
        try:
            answer = self._answers.next()
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
        with suppress(OSError, greenstalk.Error):
            self._pass_over()
            return not self.hung_up and not self._arrives_within(0)
        return False

    def shut(self) -> None:
        """Ends the connection, also where a forked child has a copy of the socket; whoever reads finds its end."""
        with suppress(OSError):  # it was gone already
            self._sock.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        """Twice is fine."""
        self.shut()
        super().close()

    def _arrives_within(self, seconds: float) -> bool:
        return bool(self._readable.poll(ceil(seconds * 1000)))

    def _pass_over(self) -> None:
        owed, self._owed = self._owed, 0
        self._answers.read(owed)

    # greenstalk's own two ways to read, which all its commands use

    def _send_cmd(self, cmd: bytes, expected: bytes) -> list[bytes]:
        self._sock.sendall(cmd + b"\r\n")
        self._pass_over()
        return greenstalk._parse_response(self._answers.line() + b"\r\n", expected)

    def _read_chunk(self, size: int) -> bytes:
        return self._answers.body(size)
