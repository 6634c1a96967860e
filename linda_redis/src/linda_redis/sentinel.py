"""Redis Sentinel: who is the primary now."""

from collections.abc import Callable, Sequence
from functools import partial

from linda_redis.failures import Cut, Refused, Unreachable
from linda_redis.pool import Address, Connection, Pool


class Sentinels:
    """The Sentinels that watch one primary; the first that answers is believed.

    One that knows less than the others names a server that has become a replica. That server refuses what we
    send it, the connection is closed, and the next one is asked for here again.
    """

    def __init__(self, primary: str, addresses: Sequence[Address], make: Callable[[Address], Connection]) -> None:
        self._primary = primary
        self._addresses = tuple(addresses)
        self._make = make

    def primary(self) -> Address:
        """The primary's address. Raises Unreachable when no Sentinel knows one."""
        reasons = ""
        for address in self._addresses:
            pool = Pool(partial(self._make, address))
            try:
                found = pool.call("SENTINEL", "GET-MASTER-ADDR-BY-NAME", self._primary)
            except (Cut, Refused, Unreachable) as error:
                reasons += f"; {error}"
                continue
            finally:
                pool.close()
            if found:
                return found[0].decode(), int(found[1])
            reasons += f"; {address[0]}:{address[1]} does not know it"
        raise Unreachable(f"no Sentinel names a primary for {self._primary!r}{reasons}")
