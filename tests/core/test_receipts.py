"""Which receipts were refused, where a driver knows which were good."""

import pytest

from linda_core.driver.receipts import refused


@pytest.mark.parametrize(
    ("receipts", "settled", "positions"),
    [
        ("", "", []),
        ("abc", "abc", []),
        ("abc", "", [0, 1, 2]),
        ("abc", "b", [0, 2]),
        ("aba", "ab", [2]),
        ("abab", "a", [1, 2, 3]),
    ],
)
def test_those_not_settled_and_those_given_again(receipts: str, settled: str, positions: list[int]) -> None:
    assert list(refused(receipts, settled)) == positions
