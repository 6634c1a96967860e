"""Where a key lives: what single servers, Sentinel and Cluster have in common."""

from collections.abc import Callable, Sequence
from typing import Any, Protocol

from linda_redis.pool import Connection, Pool


class Server(Protocol):
    """One Redis, of however many nodes. May be used from many threads."""

    def call(self, key: bytes, *command: Any) -> Any:
        """The answer to a command on `key`; it is executed at most once."""
        ...

    def together(self, keys: Sequence[bytes]) -> Sequence[tuple[Pool, Sequence[bytes]]]:
        """`keys` in groups that one command may name, each with the connections to the node that has them now."""
        ...

    def pools(self) -> Sequence[Pool]:
        """The connections to every node that has keys of its own."""
        ...

    def close(self) -> None:
        """Give up all connections."""
        ...


class SingleServer:
    """One node has all keys; `make` knows which."""

    def __init__(self, make: Callable[[], Connection]) -> None:
        self._pool = Pool(make)

    def call(self, key: bytes, *command: Any) -> Any:  # noqa: ARG002 - wherever it is
        """The answer to `command`."""
        return self._pool.call(*command)

    def together(self, keys: Sequence[bytes]) -> Sequence[tuple[Pool, Sequence[bytes]]]:
        """All of them."""
        return ((self._pool, keys),)

    def pools(self) -> Sequence[Pool]:
        """The only pool."""
        return (self._pool,)

    def close(self) -> None:
        """Give up all connections."""
        self._pool.close()
