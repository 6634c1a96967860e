"""What queues are called on the server, and how the server tells it again."""

import re
from collections.abc import Collection, Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from linda_nsq import names

#: Those that nsqd accepts (internal/protocol/names.go), without those it keeps in memory only.
ACCEPTED = re.compile(r"[.a-zA-Z0-9_-]{1,64}")
QUEUES = st.text(min_size=1, max_size=100).filter(
    lambda queue: not any("\ud800" <= letter <= "\udfff" for letter in queue)
)


def topics_of(queue: str) -> Mapping[str, Collection[str]]:
    """What is on a server where `queue` has jobs of every state."""
    topics: dict[str, Collection[str]] = {names.work(queue): [names.CHANNEL], names.buried(queue): []}
    topics[names.delayed(queue, 32)] = []
    if told := names.told(queue):
        topics[told[0]] = told[1]
    return topics


@pytest.mark.parametrize("queue", ["default", "reports.daily", "a_b-c", "q" * 64])
def test_a_plain_name_is_kept_so_that_any_program_finds_the_queue(queue: str) -> None:
    assert names.work(queue) == queue


def test_a_name_that_is_not_plain_can_still_be_read() -> None:
    assert names.work("emails:high") == "linda.queue.emails_3Ahigh"


@pytest.mark.parametrize("queue", ["linda.names", "a b", "a#ephemeral", "名前", "q" * 65, "𝄞" * 100])
def test_a_name_the_server_would_refuse_or_not_keep_is_spelled(queue: str) -> None:
    assert names.work(queue).startswith("linda.queue.")


@given(QUEUES)
def test_the_server_accepts_every_name(queue: str) -> None:
    for topic, channels in topics_of(queue).items():
        assert all(ACCEPTED.fullmatch(name) for name in (topic, *channels))


@given(st.sets(QUEUES, min_size=2, max_size=5))
def test_the_server_tells_whose_each_topic_is(queues: set[str]) -> None:
    topics = {topic: channels for queue in queues for topic, channels in topics_of(queue).items()}
    owners = names.queues(topics)

    assert set(owners.values()) == queues
    for queue in queues:
        assert all(owners.get(topic, queue) == queue for topic in topics_of(queue)), "two queues share a topic"


def test_names_that_differ_in_what_is_spelled_share_nothing() -> None:
    alike = ["a.b", "a_2Eb", "linda.queue.a_2Eb", "linda.queue.a.b", "A.b", "a_b", "a-b", "__a", "q" * 99, "q" * 100]

    assert len({topic for queue in alike for topic in topics_of(queue)}) == sum(map(len, map(topics_of, alike)))


def test_a_name_that_was_not_told_to_the_end_is_nobodys() -> None:
    told = names.told("名前" * 20)
    assert told is not None
    topic, channels = told

    assert names.queues({topic: channels[:-1], names.work("名前" * 20): []}) == {}
