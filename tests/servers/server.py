"""What a test may do with a server, wherever it comes from."""

from abc import ABC, abstractmethod
from types import TracebackType
from typing import Self


class ServerUnavailable(Exception):
    """No such server can be had on this machine; the message says what was tried."""


class ServerFailed(Exception):
    """A server did not start, or is not ours to stop."""


class Server(ABC):
    """A running server. Whatever happens to it, its URL and its data stay the same until `stop`."""

    url: str

    @abstractmethod
    def start(self) -> None:
        """Starts it, and returns when it answers. Raises ServerFailed."""

    @abstractmethod
    def kill(self) -> None:
        """Ends it as a power cut would: no signal that it could catch, no last write."""

    @abstractmethod
    def terminate(self) -> None:
        """Ends it as an operator would, and returns when it has gone."""

    @abstractmethod
    def pause(self) -> None:
        """Freezes it: connections stay open, nothing is answered."""

    @abstractmethod
    def resume(self) -> None:
        """Undoes `pause`."""

    @abstractmethod
    def stop(self) -> None:
        """Ends it for good and removes its data. Stopping twice is fine."""

    def restart(self) -> None:
        self.terminate()
        self.start()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()


class RemoteServer(Server):
    """Somebody else's server, named by its URL: to be used, never stopped."""

    def __init__(self, url: str) -> None:
        self.url = url

    def start(self) -> None:
        self._refuse()

    def kill(self) -> None:
        self._refuse()

    def terminate(self) -> None:
        self._refuse()

    def pause(self) -> None:
        self._refuse()

    def resume(self) -> None:
        self._refuse()

    def stop(self) -> None:
        """Leaves it running."""

    def _refuse(self) -> None:
        raise ServerFailed("this server was given by its URL and is not ours to stop; ask for a private one")
