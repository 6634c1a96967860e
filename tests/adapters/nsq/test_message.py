"""What is in an NSQ message besides the envelope."""

import pytest

from linda_nsq.message import ROOM, Message

ENVELOPE = b'{"payload": {"class": "Job"}}'


def test_a_job_that_has_been_nowhere_is_its_envelope() -> None:
    assert Message(ENVELOPE).write() == ENVELOPE
    assert Message.read(ENVELOPE) == Message(ENVELOPE)


@pytest.mark.parametrize(
    "message",
    [
        Message(ENVELOPE, push="p.1", attempts=3, due=1700000000.25),
        Message(ENVELOPE, push="p.1", reason="lost\n✕"),
        Message(b""),
        Message(b"linda1 is how my text begins"),
        Message(b'linda1 {"attempts": 3}\nas if'),
        Message(bytes(range(256)), push="p"),
    ],
    ids=str,
)
def test_what_was_written_is_read(message: Message) -> None:
    assert message.write(), "NSQ takes no empty message"
    assert Message.read(message.write()) == message


@pytest.mark.parametrize("raw", [b"linda1 ", b"linda1 {}", b'linda1 {"color": 1}\nx', b"linda1 7\nx"], ids=str)
def test_what_only_looks_like_ours_is_all_body(raw: bytes) -> None:
    assert Message.read(raw).write()


def test_there_is_room_for_the_longest_line() -> None:
    worst = Message(b"", push="x" * 40).copy(attempts=2**31, due=1e10 / 3, reason="✕" * 10_000)

    assert len(worst.write()) <= ROOM
