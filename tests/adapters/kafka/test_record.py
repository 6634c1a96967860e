"""How jobs and commands are written, and how they are read back."""

import pytest

from linda_kafka.failures import NewerLedger
from linda_kafka.record import COMMAND, body_of, command, command_of, job, queue_of

BODY = b'{"payload":{"class":"Hello"},\n"queue":"elsewhere"}'


def test_a_job_is_its_envelope_under_the_name_of_its_queue() -> None:
    record = job("größe", BODY, 0)

    assert record == ("größe".encode(), BODY)
    assert queue_of(*record) == "größe"
    assert body_of(*record) == BODY


@pytest.mark.parametrize("delay", [1, 10**12])
def test_a_delayed_job_is_a_command_with_its_envelope(delay: int) -> None:
    key, value = job("größe", BODY, delay)

    assert key == COMMAND
    assert command_of(value) == ("push", {"v": 1, "do": "push", "queue": "größe", "delay": delay}, BODY)
    assert body_of(key, value) == BODY


def test_a_command_may_have_no_body() -> None:
    _, value = command("bury", {"reason": "two\nlines"})

    assert b"\n" not in value
    assert command_of(value) == ("bury", {"v": 1, "do": "bury", "reason": "two\nlines"}, b"")


@pytest.mark.parametrize("version", [0, 2, "1"])
def test_commands_of_another_version_are_refused(version: object) -> None:
    with pytest.raises(NewerLedger, match="upgrade"):
        command_of(f'{{"v":{version!r},"do":"look"}}'.replace("'", '"').encode())


@pytest.mark.parametrize(
    ("key", "value", "queue"),
    [
        ("x" * 100, "{}", "x" * 100),
        ("x" * 101, '{"queue":"q"}', "default"),
        (b"\xfe", '{"queue":"q"}', "default"),
        ("", '{"queue":"q"}', "q"),
        (None, '{"queue":"q"}', "q"),
        (None, '{"queue":""}', "default"),
        (None, '{"queue":["q"]}', "default"),
        (None, '{"queue":1}', "default"),
        (None, "{}", "default"),
        (None, "[]", "default"),
        (None, "no JSON", "default"),
        (None, "[" * 100_000, "default"),
    ],
)
def test_a_job_is_in_the_queue_that_its_key_names_or_else_its_envelope(
    key: str | bytes | None, value: str, queue: str
) -> None:
    assert queue_of(key.encode() if isinstance(key, str) else key, value.encode()) == queue
