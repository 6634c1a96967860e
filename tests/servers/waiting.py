"""The one place of the tests that sleeps."""

import time
from collections.abc import Callable


def wait_until(true: Callable[[], bool], patience: float) -> bool:
    """Whether it became true within `patience` seconds."""
    deadline = time.monotonic() + patience
    while not (outcome := true()) and time.monotonic() < deadline:
        time.sleep(0.02)
    return outcome
