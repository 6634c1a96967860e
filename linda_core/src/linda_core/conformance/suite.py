"""All promises in one class, and the fixtures that their tests share."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest

from linda_core.broker import Broker
from linda_core.conformance import declared
from linda_core.conformance.harness import Harness
from linda_core.conformance.promises.delays import Delays
from linda_core.conformance.promises.fencing import Fencing
from linda_core.conformance.promises.leases import Leases
from linda_core.conformance.promises.roundtrip import Roundtrip
from linda_core.conformance.watch import Watch
from linda_core.driver import Purges


class Stage:
    """The fixtures of every promise. A subclass adds `harness`, and the promises it is to be put to."""

    @pytest.fixture
    def harness(self) -> Harness:
        """What the kit has to know of the broker; each subclass says it."""
        raise NotImplementedError("a BrokerConformance class needs a fixture `harness`")

    @pytest.fixture
    def connect(self, harness: Harness) -> Iterator[Callable[[], Broker]]:
        """Makes brokers that are closed after the test."""
        with ExitStack() as brokers:
            yield lambda: brokers.enter_context(harness.connect())

    @pytest.fixture
    def broker(self, connect: Callable[[], Broker], request: pytest.FixtureRequest) -> Broker:
        """The broker under test."""
        broker = connect()
        if reason := declared.obstacle(request.node, broker):
            pytest.skip(reason)
        return broker

    @pytest.fixture
    def other(self, connect: Callable[[], Broker]) -> Broker:
        """A second one on the same jobs, as another process would have."""
        return connect()

    @pytest.fixture
    def new_queue(self, harness: Harness, broker: Broker) -> Iterator[Callable[[str], str]]:
        """Makes queue names, and leaves nothing in those queues after the test."""
        names: list[str] = []

        def new_queue(hint: str) -> str:
            names.append(harness.queue(hint))
            return names[-1]

        yield new_queue
        if broker.supports(Purges):
            with harness.connect() as cleaner:
                for name in names:
                    cleaner.purge(name)

    @pytest.fixture
    def queue(self, new_queue: Callable[[str], str], request: pytest.FixtureRequest) -> str:
        """An empty queue of this test's own."""
        return new_queue(request.node.name.removeprefix("test_"))

    @pytest.fixture
    def watch(self, harness: Harness, broker: Broker) -> Watch:
        """Takes jobs and knows when they may come."""
        return Watch(harness, broker)


class BrokerConformance(Stage):
    """Every promise of the contract, as one class to inherit."""

    TestRoundtrip = Roundtrip
    TestLeases = Leases
    TestDelays = Delays
    TestFencing = Fencing
