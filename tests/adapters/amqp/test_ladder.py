"""Delays as sums of steps, and what becomes of them when the server is killed."""

import random
import time
from collections.abc import Iterator, Sequence

import pytest

from linda_amqp import ladder
from linda_core import Broker, Job, new_broker
from tests.conftest import PrivateServer
from tests.servers.rabbitmq import rabbitmq

YEAR = 366 * 86_400.0


def waits(delay: float) -> float:
    """Seconds that a message spends on the levels its routing key names."""
    exchange, key = ladder.route(delay, "word")
    *steps, word = key.split(".")
    assert word == "word"
    assert exchange == ladder.LEVELS[steps.index("1")].name
    return sum(level.units for level, step in zip(ladder.LEVELS, steps, strict=True) if step == "1") * ladder.UNIT


@pytest.mark.parametrize("delay", [0.001, 0.05, 0.0501, 1.0, 59.95, 3600.0, 77.7 * 86_400, YEAR, ladder.LONGEST])
def test_a_delay_is_never_shorter_and_at_most_one_unit_longer(delay: float) -> None:
    assert delay - 1e-6 <= waits(delay) < delay + ladder.UNIT + 1e-6


def test_any_delay_is_reached() -> None:
    dice = random.Random(5)

    for delay in (dice.uniform(0.001, ladder.LONGEST) for _ in range(1000)):
        assert delay - 1e-6 <= waits(delay) < delay + ladder.UNIT + 1e-6


def test_it_reaches_beyond_a_year_with_times_and_keys_that_the_server_takes() -> None:
    assert ladder.LONGEST > YEAR
    assert max(level.units for level in ladder.LEVELS) * ladder.UNIT * 1000 < 2**32
    assert len(ladder.route(YEAR, "w" * 128)[1]) <= 255


def test_a_delayed_job_goes_to_the_queue_of_its_name_alone(broker: Broker, queue: str) -> None:
    """A name with dots is several words of a routing key, some of which stand for any, unless it is spelled."""
    names = [f"{before}{queue}" for before in ("", "a.", "b.a.", ".", "#.", "*.", "0.", "1.", "a%2E", "=")]
    for name in names:
        broker.later(0.05, Job("Later", [name]), name)

    for name in names:
        job = broker.pop(name, 0, wait=5)
        assert job is not None
        assert job.args == [name]
    assert not any(broker.counts(name).ready for name in names)


def test_two_thousand_delayed_jobs_survive_a_crash_of_the_server_and_never_come_early(
    private_server: PrivateServer,
) -> None:
    server = private_server(rabbitmq())
    numbers = range(2_000)
    dice = random.Random(7)
    with new_broker(server.url) as broker:
        for batch in batched(numbers, 20):
            delay = dice.uniform(0.5, 10)
            due = time.time() + delay
            broker.push_many([Job("Late", [number, due]) for number in batch], "late", delay=delay)
        server.kill()
        server.start()

    missing = set(numbers)
    with new_broker(server.url) as broker:
        while missing and (jobs := broker.pop_many("late", 60, 50, wait=60)):
            assert all(job.args[1] <= time.time() for job in jobs), "a job came before it was due"
            missing.difference_update(job.args[0] for job in jobs)  # one that was between two levels may come twice
            broker.delete_many("late", jobs)

    assert not missing


def batched(numbers: Sequence[int], size: int) -> Iterator[Sequence[int]]:
    """As itertools has it from Python 3.12 on."""
    return (numbers[start : start + size] for start in range(0, len(numbers), size))
