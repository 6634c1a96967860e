"""Numbers that come in at the end and leave at the front."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from linda_kafka import numbers
from linda_kafka.numbers import Numbers

NUMBER = st.integers(0, 99)
#: What can be done, each with what it is done to.
ACTS = st.lists(
    st.one_of(
        st.tuples(st.just("append"), NUMBER),
        st.tuples(st.just("append"), NUMBER),
        st.tuples(st.just("put back"), NUMBER),
        st.tuples(st.just("take"), st.integers(0, 7)),
        st.tuples(st.just("replace"), NUMBER),
        st.tuples(st.just("copy"), st.just(0)),
    ),
    max_size=40,
)


@pytest.fixture(autouse=True, scope="module")
def _small_sheets() -> object:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(numbers, "_SHEET", 4)
        yield


@given(ACTS)
def test_they_are_a_list_and_copies_stay_as_they_were(acts: list[tuple[str, int]]) -> None:
    ours, model = Numbers(), list[int]()
    copies: list[tuple[Numbers, list[int]]] = []
    for act, argument in acts:
        match act:
            case "append":
                ours.append(argument)
                model.append(argument)
            case "put back":
                ours.put_back(argument)
                model.insert(0, argument)
            case "take":
                assert ours.take(argument) == model[:argument]
                del model[:argument]
            case "replace":
                ours.replace({argument: 100 + argument, 1000: 0})
                model = [100 + one if one == argument else one for one in model]
            case _:
                copies.append((ours.copy(), model.copy()))
        assert (list(ours), len(ours)) == (model, len(model))

    for copy, then in copies:
        assert (list(copy), len(copy)) == (then, len(then))


def test_of_pairs_the_second_numbers_are_replaced() -> None:
    pairs = Numbers()
    for number in range(10):
        pairs.append(number, number)
    pairs.take(2)
    pairs.replace({3: 33, 8: 88}, step=2)

    assert list(pairs) == [1, 1, 2, 2, 3, 33, 4, 4, 5, 5, 6, 6, 7, 7, 8, 88, 9, 9]
