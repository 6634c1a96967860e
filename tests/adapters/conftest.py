"""A broker for each adapter's tests, which say with a fixture `url` where."""

from collections.abc import Iterator

import pytest

from linda_core import Broker, new_broker


@pytest.fixture
def broker(url: str) -> Iterator[Broker]:
    with new_broker(url) as broker:
        yield broker
