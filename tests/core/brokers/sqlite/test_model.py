"""sqlite:// does what memory:// does, verb by verb: the same random calls on both, with the same answers."""

import random
from collections.abc import Iterator, Sequence
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from linda_core.brokers.memory import MemoryDriver
from linda_core.brokers.sqlite import SqliteDriver
from linda_core.clock import ManualClock
from linda_core.driver import BrokerURL, Delivery, Entry
from linda_core.lifecycle import State

QUEUES = ("a", "b")
names = count()


class Pair:
    """Both brokers on one clock. Receipts are opaque: those of a reservation are kept side by side."""

    def __init__(self, path: Path) -> None:
        self.clock = ManualClock()
        self.memory = MemoryDriver.connect(BrokerURL.parse(f"memory://model-{next(names)}"), self.clock)
        self.sqlite = SqliteDriver.connect(BrokerURL.parse(f"sqlite:///{path}?synchronous=normal"), self.clock)
        self.receipts: list[tuple[str, Any, Any]] = []

    def both(self, verb: str, *arguments: object) -> None:
        expected = getattr(self.memory, verb)(*arguments)
        assert getattr(self.sqlite, verb)(*arguments) == expected, (verb, arguments)

    def reserve(self, queues: Sequence[str], limit: int, lease: float) -> None:
        expected = self.memory.reserve(queues, limit, lease, 0)
        got = self.sqlite.reserve(queues, limit, lease, 0)
        assert [_seen(delivery) for delivery in got] == [_seen(delivery) for delivery in expected]
        self.receipts += [(ours.queue, model.receipt, ours.receipt) for model, ours in zip(expected, got, strict=True)]

    def settle(self, verb: str, queue: str, positions: Sequence[int], *arguments: object) -> None:
        held = [self.receipts[position] for position in positions]
        expected = getattr(self.memory, verb)(queue, [model for _, model, _ in held], *arguments)
        assert getattr(self.sqlite, verb)(queue, [ours for *_, ours in held], *arguments) == expected, verb

    def compare(self) -> None:
        for queue in QUEUES:
            self.both("counts", queue)
            for state in State:
                expected = [_looked_at(sighting) for sighting in self.memory.peek(queue, state, 100)]
                assert [_looked_at(sighting) for sighting in self.sqlite.peek(queue, state, 100)] == expected
        assert sorted(self.sqlite.queues()) == sorted(self.memory.queues())


def _seen(delivery: Delivery[Any]) -> tuple[Any, ...]:
    return *delivery[:4], delivery.lapses


def _looked_at(sighting: Any) -> tuple[Any, ...]:
    return sighting.id, sighting.body, sighting.attempts, sighting.reason


@pytest.fixture
def pair(tmp_path: Path) -> Iterator[Pair]:
    pair = Pair(tmp_path / "linda.db")
    yield pair
    pair.sqlite.close()


@pytest.mark.parametrize("seed", range(12))
def test_random_calls_have_the_same_answers_on_both(pair: Pair, seed: int) -> None:
    chance = random.Random(seed)

    for _ in range(150):
        step(pair, chance)
        pair.compare()


def step(pair: Pair, chance: random.Random) -> None:
    queue = chance.choice(QUEUES)
    seconds = chance.choice([0, 0, 1, 2.5, 10])
    match chance.choice(["push", "push", "reserve", "reserve", "settle", "settle", "time", "kick", "promote", "purge"]):
        case "push":
            entries = [
                Entry(f"job-{chance.randrange(40)}", chance.randbytes(3), chance.choice([0, 65536, 65536, 2**32 - 1]))
                for _ in range(chance.randint(1, 5))
            ]
            pair.both("push", queue, entries, seconds)
        case "reserve":
            pair.reserve(chance.sample(QUEUES, chance.randint(1, 2)), chance.randint(1, 6), chance.choice([1, 5, 30]))
        case "settle" if pair.receipts:
            latest = range(-min(8, len(pair.receipts)), 0)
            positions = chance.sample(latest, chance.randint(1, min(4, len(latest))))
            verb, *arguments = chance.choice(
                [("delete",), ("release", seconds), ("touch", seconds + 1), ("bury", f"reason {seconds}")]
            )
            pair.settle(str(verb), queue, positions, *arguments)
        case "kick":
            pair.both("kick", queue, chance.randint(1, 4))
        case "promote":
            pair.both("promote", queue)
        case "purge" if chance.random() < 0.2:
            pair.both("purge", queue)
        case _:
            pair.clock.advance(chance.choice([0.5, 1, 5]))
