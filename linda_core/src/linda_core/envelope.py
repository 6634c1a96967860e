"""Job to bytes and back: one versioned JSON object, the same on every broker.

    {"v": 1, "id": "…", "queue": "…", "payload": {"class": "…", "args": […], "kwargs": {…}}, "created_at": 1700000000.0}

`payload.class` is the only member a foreign producer must write. Unknown members are ignored, so that a later
version may add some; another `v` is refused. Two codecs, each for what it does best: the standard library
encodes, because it refuses what JSON cannot carry where faster ones silently change it (NaN to null, bytes to
text, sets to lists); msgspec decodes, because it checks hostile bytes against the types below while it reads
them, several times as fast, and keeps integers of any size. What the standard library would change (keys to
text) or could not read back (deeper nesting than a worker's stack has room for) is refused besides.
"""

import json
import math
from typing import Any

import msgspec

from linda_core.errors import DecodeError, EncodeError
from linda_core.job import Job

VERSION = 1

#: Lists and dicts inside each other. A reader recurses, on a stack that may be in use already.
DEEPEST = 256

_encode = msgspec.json.Encoder().encode
_encode_strictly = json.JSONEncoder(allow_nan=False, ensure_ascii=False, separators=(",", ":")).encode

_TEXT = frozenset({str})
_PLAIN = frozenset({str, int, bool, type(None)})

_SCALARS = frozenset({str, int, float, bool, type(None)})
_CONTAINERS = (dict, list, tuple)


class Payload(msgspec.Struct, gc=False):
    """What to run. The field is `class` on the wire."""

    name: str = msgspec.field(name="class")
    args: list[Any] = []
    kwargs: dict[str, Any] = {}


class Envelope(msgspec.Struct, gc=False):
    """The members Linda reads; those with a default may be missing in a foreign message."""

    payload: Payload
    v: int = VERSION
    id: str | None = None
    queue: str = ""
    created_at: float | None = None


_decode_json = msgspec.json.Decoder(Envelope).decode


def encode(job: Job, queue: str) -> bytes:
    """The envelope of `job` on its way to `queue`. Raises EncodeError for what JSON cannot carry unchanged."""
    try:
        payload = _payload(job)
        document = {"v": VERSION, "id": job.id, "queue": queue, "payload": payload, "created_at": job.created_at}
        if _is_plain(document, payload):
            return _encode(document)
        content = _encode_strictly(document).encode()
        _refuse_changes(payload)
    except (TypeError, ValueError, OverflowError, RecursionError) as error:
        raise EncodeError(
            f"job {job.id} ({job.name}) has arguments that JSON cannot carry unchanged: {error}; "
            "pass text, finite numbers, booleans, None, lists and dicts with text keys"
        ) from error
    return content


def _payload(job: Job) -> dict[str, Any]:
    if not (isinstance(job.name, str) and job.name and isinstance(job.id, str) and job.id):
        raise TypeError("its name and its id must be non-empty text")
    if not math.isfinite(job.created_at):
        raise ValueError(f"created_at {job.created_at} is no time")
    if isinstance(job.args, (str, bytes, dict)):
        raise TypeError(f"args is a {type(job.args).__name__}, not a list; write [value] for a single argument")
    return {"class": job.name, "args": list(job.args), "kwargs": dict(job.kwargs)}


def _is_plain(document: dict[str, Any], payload: dict[str, Any]) -> bool:
    """Whether both encoders write the same, the fast one and the strict one."""
    args, kwargs = payload["args"], payload["kwargs"]
    return (
        type(document["created_at"]) is float
        and _TEXT.issuperset(map(type, (document["id"], document["queue"], payload["class"], *kwargs)))
        and _PLAIN.issuperset(map(type, (*args, *kwargs.values())))
    )


def _refuse_changes(payload: dict[str, Any]) -> None:
    """Raises for what the encoder accepts and a decoder would not give back. It has refused cycles already."""
    containers: list[Any] = [payload["args"], payload["kwargs"]]
    for _ in range(DEEPEST):
        containers = [value for container in containers for value in _containers_in(container)]
        if not containers:
            return
    raise ValueError(f"they are nested deeper than {DEEPEST} levels")


def _containers_in(container: Any) -> list[Any]:
    if isinstance(container, dict):
        for key in container:
            if not isinstance(key, str):
                raise TypeError(f"key {key!r} is not text")
        container = container.values()
    return [value for value in container if type(value) not in _SCALARS and isinstance(value, _CONTAINERS)]


def decode(body: bytes, *, fallback_id: str, now: float) -> Job:
    """The job in `body`; `fallback_id` and `now` stand in for what a foreign producer left out.

    Raises DecodeError for anything else than a Linda envelope, however hostile.
    """
    try:
        envelope = _decode_json(body)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise DecodeError(f"not a Linda envelope: {error}; body starts {body[:80]!r}") from error
    if envelope.v != VERSION:
        raise DecodeError(f"envelope version {envelope.v!r}; this Linda reads version {VERSION}, upgrade it")
    payload = envelope.payload
    created_at = envelope.created_at
    if not payload.name:
        raise DecodeError("payload.class is empty; it must name a handler")
    if created_at is None or not math.isfinite(created_at):
        created_at = now
    job = Job(
        payload.name,
        payload.args,
        payload.kwargs,
        id=envelope.id or fallback_id,
        created_at=created_at,
        queue=envelope.queue,
    )
    job.body = body
    return job
