"""Commands about several tubes that go out together: one wait for all of their answers."""

from collections.abc import Iterable
from typing import TYPE_CHECKING

from linda_beanstalk.answers import Answer

if TYPE_CHECKING:
    from linda_beanstalk.connection import Connection


class Flight:
    """Puts and peeks are about the tube that the connection uses, so each part can say which."""

    def __init__(self, connection: "Connection") -> None:
        self._connection = connection
        self._commands: list[bytes] = []
        self._tube = connection.used

    def add(self, commands: Iterable[bytes], tube: str = "") -> slice:
        """Returns where their answers will be."""
        if tube and tube != self._tube:
            self._commands.append(b"use %b\r\n" % tube.encode())
            self._tube = tube
        start = len(self._commands)
        self._commands += commands
        return slice(start, len(self._commands))

    def land(self) -> list[Answer]:
        """Send everything; all answers."""
        self._connection.used = self._tube
        return self._connection.exchange(self._commands)
