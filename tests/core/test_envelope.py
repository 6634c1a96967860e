"""Jobs as bytes: what goes in comes out, and nothing hostile gets further than a DecodeError."""

import base64
import json
import math
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from linda_core import envelope
from linda_core.errors import DecodeError, EncodeError
from linda_core.job import Job

#: For every language: what to accept, what a foreign producer may leave out, what to refuse.
VECTORS = json.loads((Path(__file__).parent / "vectors" / "envelope.json").read_text())

text = st.text(st.characters(exclude_categories=["Cs"]))
plain = st.none() | st.booleans() | st.integers() | text
scalars = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | text
values = st.recursive(scalars, lambda inner: st.lists(inner) | st.dictionaries(text, inner), max_leaves=30)


def body_of(vector: dict[str, Any]) -> bytes:
    if "body" in vector:
        return str(vector["body"]).encode()
    return base64.b64decode(vector["body_base64"])


def decode(body: bytes) -> Job:
    return envelope.decode(body, fallback_id="fallback", now=1.0)


def nested(depth: int) -> Any:
    value: Any = "core"
    for level in range(depth):
        value = [value] if level % 2 else {"deeper": value}
    return value


@given(
    text.filter(bool),
    st.lists(values),
    st.dictionaries(text, values),
    text,
    st.floats(allow_nan=False, allow_infinity=False),
)
def test_any_json_comes_back_unchanged(
    name: str, args: list[Any], kwargs: dict[str, Any], queue: str, created_at: float
) -> None:
    job = decode(envelope.encode(Job(name, args, kwargs, id="x", created_at=created_at), queue))

    assert repr((job.name, job.args, job.kwargs)) == repr((name, args, kwargs))
    assert (job.id, job.queue, job.created_at) == ("x", queue, created_at)


@given(text.filter(bool), st.lists(plain), st.dictionaries(text, plain), text)
def test_what_is_plain_is_written_as_by_the_standard_library(
    name: str, args: list[Any], kwargs: dict[str, Any], queue: str
) -> None:
    written = envelope.encode(Job(name, args, kwargs, id="x", created_at=1.5), queue)

    payload = {"class": name, "args": args, "kwargs": kwargs}
    document = {"v": 1, "id": "x", "queue": queue, "payload": payload, "created_at": 1.5}
    assert written == json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode()


@pytest.mark.parametrize(
    "value",
    [1e308, -0.0, 5e-324, 0.1, 2**63, -(2**64), 10**1000, 1e22, "\x00\u2028\U0001f600", "", [], {}, {"": None}],
    ids=repr,
)
def test_values_that_others_change_come_back_unchanged(value: Any) -> None:
    (decoded,) = decode(envelope.encode(Job("count", [value]), "a")).args

    assert repr(decoded) == repr(value)


def test_a_tuple_is_a_list() -> None:
    assert decode(envelope.encode(Job("count", ((1, 2),)), "a")).args == [[1, 2]]


def test_nesting_comes_back_up_to_its_limit() -> None:
    value = nested(envelope.DEEPEST - 1)

    assert decode(envelope.encode(Job("count", [value]), "a")).args == [value]


@pytest.mark.parametrize("depth", [envelope.DEEPEST, 100_000])
def test_deeper_nesting_is_refused_before_it_is_pushed(depth: int) -> None:
    with pytest.raises(EncodeError, match=r"nested deeper than 256|recursion"):
        envelope.encode(Job("count", [nested(depth)]), "a")


def in_a_circle() -> list[Any]:
    circle: list[Any] = []
    circle += [circle, circle]
    return circle


@pytest.mark.parametrize(
    "value",
    [
        math.nan,
        math.inf,
        b"bytes",
        {1, 2},
        object(),
        1j,
        "\ud800",
        10**5000,
        {1: "a"},
        {"deep": [{None: "a"}]},
        {"deep": ({True: "a"},)},
        in_a_circle(),
    ],
    ids=lambda value: type(value).__name__,
)
def test_what_json_would_change_is_refused(value: Any) -> None:
    with pytest.raises(EncodeError, match=r"job mine \(count\) .* cannot carry unchanged"):
        envelope.encode(Job("count", [value], id="mine"), "a")
    with pytest.raises(EncodeError):
        envelope.encode(Job("count", [], {"named": value}), "a")


@pytest.mark.parametrize("args", ["a.py", b"a.py", {"a": 1}])
def test_a_single_argument_is_not_taken_apart(args: Any) -> None:
    with pytest.raises(EncodeError, match=r"write \[value\]"):
        envelope.encode(Job("count", args), "a")


unreadable: list[tuple[Any, ...]] = [("",), (5,), ("count", 5), ("count", [], [1]), ("count", [], {1: 2})]


@pytest.mark.parametrize("made_of", unreadable, ids=repr)
def test_a_job_that_no_worker_could_read_is_refused(made_of: tuple[Any, ...]) -> None:
    with pytest.raises(EncodeError):
        envelope.encode(Job(*made_of), "a")


@pytest.mark.parametrize("identity", ["", 5])
def test_so_is_one_without_an_id(identity: Any) -> None:
    with pytest.raises(EncodeError):
        envelope.encode(Job("count", id=identity), "a")


@pytest.mark.parametrize("created_at", [math.nan, math.inf, "today", 10**400], ids=lambda value: type(value).__name__)
def test_so_is_one_that_was_made_at_no_time(created_at: Any) -> None:
    with pytest.raises(EncodeError):
        envelope.encode(Job("count", created_at=created_at), "a")


@given(st.binary())
@example(b"[" * 100_000)
@example(b'{"payload":{"class":"a","args":' + b"[" * 100_000)
@example(b'{"v":' + b"9" * 5000 + b"}")
@example(b"\xef\xbb\xbf{}")
def test_arbitrary_bytes_raise_nothing_but_decode_error(body: bytes) -> None:
    with pytest.raises(DecodeError):
        decode(body)


members = st.sampled_from(["v", "id", "queue", "payload", "class", "args", "kwargs", "created_at", "other"])
lookalikes = st.recursive(scalars, lambda inner: st.lists(inner) | st.dictionaries(members, inner), max_leaves=20)


@given(st.dictionaries(members, lookalikes), lookalikes)
def test_what_looks_like_an_envelope_is_one_or_a_decode_error(document: dict[str, Any], payload: Any) -> None:
    for content in (document, {**document, "payload": payload}, {"v": 1, "payload": {"class": "a", **document}}):
        try:
            job = decode(json.dumps(content).encode())
        except DecodeError:
            continue
        assert isinstance(job.name, str)
        assert job.name
        assert isinstance(job.id, str)
        assert math.isfinite(job.created_at)


@given(st.binary(min_size=1), st.data())
def test_a_damaged_envelope_is_one_or_a_decode_error(damage: bytes, data: st.DataObject) -> None:
    body = envelope.encode(Job("count", ["ä", 1.5, {"deep": [None, True]}], id="x", created_at=1.5), "a")
    place = data.draw(st.integers(0, len(body)))
    length = data.draw(st.integers(0, 5))
    try:
        decode(body[:place] + damage + body[place + length :])
    except DecodeError:
        return


@pytest.mark.parametrize("vector", VECTORS["valid"], ids=lambda vector: vector["name"])
def test_valid_vectors_are_read(vector: dict[str, Any]) -> None:
    job = decode(body_of(vector))
    expected = {"id": "fallback", "queue": "", "args": [], "kwargs": {}, "created_at": 1.0, **vector["job"]}

    found = {"id": job.id, "queue": job.queue, "args": job.args, "kwargs": job.kwargs, "created_at": job.created_at}
    assert repr({**found, "class": job.name}) == repr({key: expected[key] for key in [*found, "class"]})
    assert job.body == body_of(vector)


@pytest.mark.parametrize(
    "vector", [vector for vector in VECTORS["valid"] if vector.get("canonical")], ids=lambda vector: vector["name"]
)
def test_canonical_vectors_are_what_linda_writes(vector: dict[str, Any]) -> None:
    job = decode(body_of(vector))

    assert envelope.encode(job, job.queue).decode() == vector["body"]


@pytest.mark.parametrize("vector", VECTORS["invalid"], ids=lambda vector: vector["name"])
def test_invalid_vectors_are_refused(vector: dict[str, Any]) -> None:
    with pytest.raises(DecodeError):
        decode(body_of(vector))


def test_another_version_is_refused_by_name() -> None:
    with pytest.raises(DecodeError, match="envelope version 2; this Linda reads version 1"):
        decode(b'{"v": 2, "payload": {"class": "count"}}')


def test_the_complaint_shows_where_and_what() -> None:
    with pytest.raises(DecodeError, match=r"Expected `str`, got `int` - at `\$.payload.class`; body starts b'"):
        decode(b'{"payload": {"class": 5}}')
