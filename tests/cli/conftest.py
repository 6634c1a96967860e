"""The installed `linda`, run as people run it: a process of its own, in a folder of its own."""

import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from linda_core.broker import Broker, new_broker
from tests.cli.executable import Linda


@pytest.fixture
def linda(tmp_path: Path) -> Linda:
    changing = ("LINDA_", "NO_COLOR", "PYTHONUNBUFFERED")  # what linda does, in the environment of whoever tests
    clean = {name: value for name, value in os.environ.items() if not name.startswith(changing)}
    return Linda(Path(sys.executable).with_name("linda"), tmp_path, clean)


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[Broker]:
    """The broker that `linda` works on where no URL is given."""
    with new_broker(f"sqlite:///{tmp_path}/linda.db") as broker:
        yield broker
