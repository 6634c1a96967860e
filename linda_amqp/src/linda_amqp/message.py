"""A job as RabbitMQ carries it.

The body is the envelope. Beside it travel `message_id`, the job's id; `correlation_id`, which all copies of what was
pushed once have in common; and up to three headers: `x-linda-attempts`, how often the job had been handed out when this
copy was made, `x-linda-reason`, why it was buried, and `x-linda-due`, when its delay is over, in milliseconds of the
epoch, for those who count. The server counts deliveries of each copy itself.
"""

import math
import secrets
from collections.abc import Iterator, Mapping
from itertools import count
from typing import Any, NamedTuple

import pika
from pika.spec import BasicProperties

ATTEMPTS = "x-linda-attempts"
REASON = "x-linda-reason"
DUE = "x-linda-due"
_LONGEST_ID = 255  # of a message_id; the envelope has the id as well

_OURS = "linda."  # a correlation_id of somebody else's may mean anything


def push_names() -> Iterator[str]:
    """A new name for each push, different from those of all other processes and connections."""
    connection = secrets.token_hex(8)
    return (f"{_OURS}{connection}.{number:x}" for number in count())


class Message(NamedTuple):
    """One job on its way in or out."""

    id: str
    body: bytes
    attempts: int = 0  #: how often it was handed out before
    reason: str = ""
    push: str = ""  #: what its copies, and nothing else, have in common; empty where nobody knows
    due: int = 0  #: when its last delay is over, in milliseconds of the epoch; 0 if it had none
    base: int = 0  #: of `attempts`, those before this copy was made

    @classmethod
    def received(cls, properties: BasicProperties, body: bytes, *, redelivered: bool) -> "Message":
        """What was delivered. A foreign program that gives no `message_id` gets one for this delivery.

        Where nothing came back yet, RabbitMQ 4 shows what was counted in the queue before.
        """
        headers = properties.headers or {}
        base = number(headers, ATTEMPTS)
        counted = max(number(headers, name) for name in _COUNTED_BY_SERVER) if redelivered else 0
        return cls(
            id=properties.message_id or f"amqp-{secrets.token_hex(8)}",
            body=body,
            attempts=base + counted,
            reason=str(headers.get(REASON, "")),
            push=_push(properties, headers),
            due=number(headers, DUE),
            base=base,
        )

    def copy(self, attempts: int, reason: str = "") -> "Message":
        """The same job, with what is to be known of it from now on."""
        return self._replace(attempts=attempts, base=attempts, reason=reason, due=0)

    def delayed(self, due: float) -> "Message":
        """The same job, due at that time, in seconds of the epoch."""
        return self._replace(due=math.ceil(due * 1000))

    @property
    def lapses(self) -> int:
        """How often in a row it was not settled: whoever settles it makes a copy, or it is gone."""
        return self.attempts - self.base

    @property
    def properties(self) -> BasicProperties:
        """What it is published with. Never the headers it came with: a message that has been dead-lettered
        before is dropped when it passes the same queue again and still says so.
        """
        headers: dict[str, Any] = {}
        if self.attempts:
            headers[ATTEMPTS] = self.attempts
        if self.reason:
            headers[REASON] = self.reason
        if self.due:
            headers[DUE] = self.due
        return BasicProperties(
            message_id=self.id if len(self.id.encode()) <= _LONGEST_ID else None,
            correlation_id=self.push or None,
            delivery_mode=pika.DeliveryMode.Persistent,
            headers=headers or None,
        )


#: Deliveries of this copy that came back. From 4.3 on the first also counts those the server does not blame on
#: the consumer (rabbitmq.com/docs/quorum-queues, "Poison message handling").
_COUNTED_BY_SERVER = ("x-acquired-count", "x-delivery-count")


def _push(properties: BasicProperties, headers: Mapping[str, Any]) -> str:
    """Nobody knows any more where the server itself has buried the message, and has forgotten its attempts."""
    name = properties.correlation_id or ""
    ours = name.startswith(_OURS) and "delivery_limit" not in {
        death.get("reason") for death in headers.get("x-death", ())
    }
    return name if ours else ""


def number(headers: Mapping[str, Any] | None, name: str) -> int:
    """What a header says that counts something; 0 if there is none, or it says anything else."""
    value = (headers or {}).get(name, 0)
    return value if isinstance(value, int) and value > 0 else 0
