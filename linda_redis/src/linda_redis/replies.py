"""What the scripts reply, as the seam's tuples."""

from collections.abc import Sequence

from linda_core.driver import Delivery, Sighting


def deliveries(queue: str, reply: Sequence[bytes], lapses: Sequence[bytes | None]) -> list[Delivery[bytes]]:
    """From receipt, body, receipt, body, … . This is the hot path: it makes one tuple for each job."""
    found: list[Delivery[bytes]] = []
    append = found.append
    for receipt, body in zip(reply[::2], reply[1::2], strict=True):
        identity, _, attempts = receipt.rsplit(b":", 2)
        append(Delivery(queue, identity.decode(), body, int(attempts), receipt))
    if lapses:
        counts = (int(count or 0) for count in lapses)
        return [delivery._replace(lapses=count) for delivery, count in zip(found, counts, strict=True)]
    return found


def sightings(reply: Sequence[bytes]) -> list[Sighting]:
    """From member, body, microseconds, reason, member, … ."""
    found: list[Sighting] = []
    for member, body, time, reason in zip(reply[::4], reply[1::4], reply[2::4], reply[3::4], strict=True):
        identity, _, attempts = member.rsplit(b":", 2)
        due = int(time) / 1e6 or None
        found.append(Sighting(identity.decode(), body, int(attempts), due, reason.decode(errors="replace")))
    return found
