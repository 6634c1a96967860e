"""For drivers that find out by themselves which receipts are good."""

from collections.abc import Collection, Sequence
from typing import TypeVar

Receipt = TypeVar("Receipt")


def refused(receipts: Sequence[Receipt], settled: Collection[Receipt]) -> Sequence[int]:
    """The positions of the receipts that are not in `settled`, which has none twice, or are given a second time."""
    if len(settled) == len(receipts):
        return ()
    unclaimed = set(settled)
    positions: list[int] = []
    for position, receipt in enumerate(receipts):
        if receipt in unclaimed:
            unclaimed.remove(receipt)
        else:
            positions.append(position)
    return positions
