"""What a broker declares is data that cannot be changed by accident."""

import dataclasses

import pytest

from linda_core.capabilities import Limits


def test_limits_are_unlimited_unless_said() -> None:
    limits = Limits()

    assert limits.body == limits.delay == limits.lease == limits.hold == float("inf")
    assert limits.delay_step == limits.lease_step == 0.001


def test_declarations_cannot_be_changed_only_replaced() -> None:
    limits = Limits()

    with pytest.raises(dataclasses.FrozenInstanceError):
        limits.body = 5  # type: ignore[misc]

    assert dataclasses.replace(limits, body=5).body == 5
