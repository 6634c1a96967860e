"""What queues are called on the server."""

import pytest

from linda_amqp import names


@pytest.mark.parametrize("queue", ["default", "a b", "reports.daily", "名前", "q" * 100, "ß/%#*"])
def test_a_plain_name_is_kept_so_that_any_program_finds_the_queue(queue: str) -> None:
    assert names.work(queue) == queue


@pytest.mark.parametrize("queue", ["amq.gen", "linda.names", "a\nb", "a\x00", "\u200b", "𝄞" * 100])
def test_a_name_the_server_would_refuse_or_change_is_spelled(queue: str) -> None:
    assert names.work(queue).startswith("linda.queue.")
    assert names.work(queue).isprintable()
    assert len(names.work(queue).encode()) <= 255


def test_what_is_spelled_is_no_other_queues_name() -> None:
    spelled = names.work("amq.gen")

    assert names.work(spelled) != spelled
    assert names.buried("a") != names.work(names.buried("a"))


def test_words_hold_nothing_that_a_routing_key_would_take_for_its_own() -> None:
    words = {names.word(queue) for queue in ("a.b", "a%2Eb", "a*", "#", "a b", "𝄞" * 100, "𝄞" * 99, "=x")}

    assert len(words) == 8
    assert not [word for word in words if set(word) & set(".*# ")]
    assert max(map(len, words)) <= 128
