"""What worker processes tell their parent."""

import pytest

from linda_core import BrokerUnavailable
from linda_core.app import Linda
from linda_core.clock import ManualClock
from linda_core.dispatch.contact import LONGEST_REST, Contact
from linda_core.dispatch.health import LENGTH, SILENCE, Board


def test_the_board_shows_what_each_process_said_last(clock: ManualClock) -> None:
    board = Board(3, clock)
    board.post(0, "the broker is away")
    board.post(1, "ä, ö and ü")
    board.post(2, "x")
    board.post(2, "")

    assert [board.read(number) for number in range(3)] == ["the broker is away", "ä, ö and ü", ""]


@pytest.mark.parametrize("letter", ["x", "ü", "\N{CLOUD}", "\ud83d"])
def test_a_long_story_is_cut_and_stays_in_its_place(clock: ManualClock, letter: str) -> None:
    board = Board(2, clock)
    board.post(1, "next")
    board.post(0, letter * LENGTH)

    assert board.read(0)
    assert board.read(1) == "next"


def test_a_process_that_says_nothing_is_not_well(clock: ManualClock) -> None:
    board = Board(1, clock)
    board.post(0, "")
    clock.advance(SILENCE + 1)

    assert board.read(0) == "a worker process does not answer"


def test_a_contact_rests_longer_after_each_failure_and_not_at_all_after_an_answer(clock: ManualClock) -> None:
    contact = Contact(Linda().get_broker, clock)
    for failures in range(2000):
        rest = contact.lost(BrokerUnavailable("away"))
        longest = min(LONGEST_REST, 0.1 * 2 ** min(failures, 10))
        assert longest / 2 <= rest <= longest
        assert (contact.resting, contact.trouble) == (True, "away")
        clock.advance(rest)
        assert not contact.resting

    contact.made()
    assert (contact.resting, contact.trouble) == (False, "")
