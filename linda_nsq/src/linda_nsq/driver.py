"""Linda over NSQ 1.2 and newer.

URL: `nsq://host:4150,host2:4150?http=4151`, or `nsq+lookupd://host:4161` for the servers that nsqlookupd knows.

Delivery: at least once.

Limits: those of the server.

Not supported: priorities; recognising a job that is pushed twice.
"""

from collections.abc import Sequence
from typing import Self

from linda_core import driver


class NsqDriver(driver.Driver[bytes]):
    """Not yet."""

    capabilities = driver.Capabilities(
        durability=driver.Durability.NONE,
        lease=driver.LeaseSource.CONNECTION,
        order=driver.Order.ANY,
        on_release=driver.Return.ANY,
        receipts=driver.Receipts.CONNECTION,
    )

    @classmethod
    def connect(cls, url: driver.BrokerURL, clock: driver.Clock) -> Self:
        raise NotImplementedError

    def push(self, queue: str, entries: Sequence[driver.Entry], delay: float) -> None:
        raise NotImplementedError

    def reserve(self, queues: Sequence[str], limit: int, lease: float, wait: float) -> Sequence[driver.Delivery[bytes]]:
        raise NotImplementedError

    def delete(self, queue: str, receipts: Sequence[bytes]) -> Sequence[int]:
        raise NotImplementedError

    def release(self, queue: str, receipts: Sequence[bytes], delay: float) -> Sequence[int]:
        raise NotImplementedError

    def wake(self) -> None:
        raise NotImplementedError

    def close(self) -> None:
        raise NotImplementedError
