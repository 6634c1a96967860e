"""Commands about several tubes that go out together: one wait for all of their answers."""

from collections.abc import Iterable


class Flight:
    """Puts and peeks are about the tube that the connection uses, so each part can say which."""

    def __init__(self, used: str) -> None:
        self.commands: list[bytes] = []
        self.tube = used  #: which is used after the last command

    def add(self, commands: Iterable[bytes], tube: str = "") -> slice:
        """Returns where their answers will be."""
        if tube and tube != self.tube:
            self.commands.append(b"use %b\r\n" % tube.encode())
            self.tube = tube
        start = len(self.commands)
        self.commands += commands
        return slice(start, len(self.commands))
