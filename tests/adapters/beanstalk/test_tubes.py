"""Any queue name has a tube of its own, and a plain name is its own tube."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from linda_beanstalk.tubes import GRAVES, GUARDS, MARKS, NAMES, TOPS, name_tube, queue_of, tube_of
from linda_core import Broker, Job
from tests.adapters.beanstalk.conftest import Connect

#: What beanstalkd accepts: protocol.txt, "tube".
ACCEPTED = re.compile(r"[A-Za-z0-9+/;.$_()][A-Za-z0-9+/;.$_()-]{0,199}")

QUEUES = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=100)


@pytest.mark.parametrize("queue", ["default", "a-b+c/d;e.f_g(h)", "x" * 100])
def test_a_name_of_allowed_characters_is_its_own_tube(queue: str) -> None:
    assert tube_of(queue) == queue


@given(QUEUES)
def test_the_server_accepts_every_tube_and_the_records_beside_it(queue: str) -> None:
    tube = tube_of(queue)

    assert all(ACCEPTED.fullmatch(name) for name in (tube, GRAVES + tube, MARKS + tube, TOPS + tube))
    assert name_tube(tube) is None or ACCEPTED.fullmatch(name_tube(tube) or "")


@given(QUEUES)
def test_a_tube_tells_its_queue_unless_the_name_is_kept_beside_it(queue: str) -> None:
    tube = tube_of(queue)

    assert (queue_of(tube) == queue) is (name_tube(tube) is None)


@given(st.lists(QUEUES, min_size=2, max_size=2, unique=True))
def test_two_queues_never_share_a_tube(queues: list[str]) -> None:
    assert tube_of(queues[0]) != tube_of(queues[1])


@pytest.mark.parametrize(
    "tube",
    ["$graves;x", "$guards;x", "$mark;x", "$name;x", "$top;x", "cash$flow", "$FF", "a$62", "$E9", "x" * 101],
    ids=str,
)
def test_a_tube_that_no_queue_has_tells_none(tube: str) -> None:
    assert queue_of(tube) is None


def test_queues_are_listed_by_their_names(broker: Broker, queue: str) -> None:
    names = [queue, f"-{queue}", f"{queue} é$", "🦜" * 85 + queue[-15:]]
    for name in names:
        broker.push(Job("Listed"), name)
        broker.bury(name, _popped(broker, name), "leaves a record")
    broker.pop(f"{queue}-empty", 1)

    listed = [name for name in broker.queues() if queue[-15:] in name or "🦜" in name]

    assert sorted(listed) == sorted(names)
    assert not [name for name in broker.queues() if name.startswith((GRAVES, GUARDS, MARKS, NAMES, TOPS))]


def test_the_long_name_is_kept_once(broker: Broker, other: Broker, queue: str, foreign: Connect) -> None:
    name = queue + "é" * (100 - len(queue))
    for pusher in (broker, other, broker):
        pusher.push(Job("Listed"), name)

    kept = name_tube(tube_of(name))

    assert kept
    assert foreign().stats_tube(kept)["current-jobs-ready"] == 1


def _popped(broker: Broker, queue: str) -> Job:
    job = broker.pop(queue, 30)
    assert job
    return job
