"""Redis Cluster: which node has which queue, asked again whenever the cluster says that it has changed."""

import threading
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

from redis import exceptions
from redis.crc import key_slot

from linda_redis.failures import Cut, Refused, Unreachable
from linda_redis.pool import Address, Connection, Pool

#: How often one call is sent on; once is enough, unless the queue moves again just then.
_REDIRECTS = 5


class Cluster:
    """All primaries, found through any of the seeds."""

    def __init__(self, seeds: Sequence[Address], make: Callable[[Address], Connection]) -> None:
        self._seeds = tuple(seeds)
        self._make = make
        self._lock = threading.Lock()
        self._pools: dict[Address, Pool] = {}
        self._owners: dict[int, Address] = {}

    def together(self, keys: Sequence[bytes]) -> Sequence[tuple[Pool, Sequence[bytes]]]:
        """Each by itself: they are of different queues, hence in different slots."""
        return [(self._pool_of(key), (key,)) for key in keys]

    def pools(self) -> Sequence[Pool]:
        """The connections to every primary."""
        return [self._pool_at(owner) for owner in sorted(set(self._discover().values()))]

    def call(self, key: bytes, *command: Any) -> Any:
        """The answer of the node that has `key`. A command that is sent on was not executed.

        While a queue moves, the cluster refuses commands that name keys which do not exist, as ours do: Refused.
        """
        pool = self._pool_of(key)
        for _ in range(_REDIRECTS):
            try:
                return pool.call(*command)
            except exceptions.MovedError as moved:
                self._owners = {}
                pool = self._pool_at(moved.node_addr)
            except (Cut, Unreachable):
                self._owners = {}  # perhaps a replica takes its place
                raise
        raise Refused("the cluster sends this call from node to node")

    def close(self) -> None:
        """Give up all connections."""
        for pool in self._pools.values():
            pool.close()

    def _pool_of(self, key: bytes) -> Pool:
        slot = key_slot(key)
        owner = self._owners.get(slot) or self._discover().get(slot)
        if owner is None:
            raise Refused(f"no node of the cluster serves slot {slot}")
        return self._pool_at(owner)

    def _pool_at(self, address: Address) -> Pool:
        with self._lock:
            return self._pools.setdefault(address, Pool(partial(self._make, address)))

    def _discover(self) -> dict[int, Address]:
        """Asks the nodes known so far, then the seeds, until one answers."""
        failure: Exception = Unreachable("no node is known")
        for address in dict.fromkeys([*self._pools, *self._seeds]):
            try:
                ranges = self._pool_at(address).call("CLUSTER", "SLOTS")
            except (Cut, Refused, Unreachable) as error:
                failure = error
                continue
            self._owners = {
                slot: ((primary[0] or b"").decode() or address[0], primary[1])
                for first, last, primary, *_ in ranges
                for slot in range(first, last + 1)
            }
            return self._owners
        raise failure
