"""The state machine of the contract, as a table."""

import pytest

from linda_core.lifecycle import TRANSITIONS, Event, State, advance


def test_the_table_is_the_picture_of_the_contract() -> None:
    assert {(before, event.value): after for (before, event), after in TRANSITIONS.items()} == {
        (None, "push"): "ready",
        (None, "later"): "delayed",
        ("delayed", "promote"): "ready",
        ("ready", "reserve"): "reserved",
        ("reserved", "delete"): None,
        ("reserved", "release"): "ready",
        ("reserved", "release_with_delay"): "delayed",
        ("reserved", "bury"): "buried",
        ("reserved", "touch"): "reserved",
        ("reserved", "expire"): "ready",
        ("buried", "kick"): "ready",
    }


@pytest.mark.parametrize("state", State)
def test_no_state_is_without_an_exit(state: State) -> None:
    assert any(before is state and after is not state for (before, _), after in TRANSITIONS.items())


@pytest.mark.parametrize("state", [State.DELAYED, State.READY, State.RESERVED])
def test_time_alone_leads_back_to_ready_except_from_buried(state: State) -> None:
    while state is not State.READY:
        after = {advance(state, event) for event in (Event.PROMOTE, Event.EXPIRE) if (state, event) in TRANSITIONS}
        (state,) = after  # type: ignore[assignment]

    assert not {(State.BURIED, Event.PROMOTE), (State.BURIED, Event.EXPIRE)} & set(TRANSITIONS)


def test_what_is_not_in_the_table_cannot_happen() -> None:
    with pytest.raises(KeyError):
        advance(State.BURIED, Event.DELETE)
    with pytest.raises(TypeError):
        TRANSITIONS[State.BURIED, Event.DELETE] = None  # type: ignore[index]
