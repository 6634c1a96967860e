"""All promises in one class, and the fixtures that their tests share."""

import random
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from typing import cast

import pytest

from linda_core.broker import Broker, new_broker
from linda_core.conformance import declared
from linda_core.conformance.facts import Facts, declared_by
from linda_core.conformance.harness import Harness
from linda_core.conformance.promises.accepted import Accepted
from linda_core.conformance.promises.attempts import Attempts
from linda_core.conformance.promises.batches import Batches
from linda_core.conformance.promises.burying import Burying
from linda_core.conformance.promises.closing import Closing
from linda_core.conformance.promises.counting import Counting, Listing, Peeking, Purging
from linda_core.conformance.promises.crashes import Crashes
from linda_core.conformance.promises.crowds import Crowds
from linda_core.conformance.promises.cuts import Cuts
from linda_core.conformance.promises.delays import Delays
from linda_core.conformance.promises.fencing import Fencing
from linda_core.conformance.promises.healing import Healing, Restarts
from linda_core.conformance.promises.leases import Leases
from linda_core.conformance.promises.limits import Limits
from linda_core.conformance.promises.model import Model
from linda_core.conformance.promises.names import Names
from linda_core.conformance.promises.priority import Priority
from linda_core.conformance.promises.returning import Returning
from linda_core.conformance.promises.roundtrip import Roundtrip
from linda_core.conformance.promises.threads_and_forks import Forks, Threads
from linda_core.conformance.promises.waiting import Waiting
from linda_core.conformance.proxy import Unproxied
from linda_core.conformance.report import PROPERTY
from linda_core.conformance.silence import Silence
from linda_core.conformance.watch import Watch
from linda_core.conformance.wire import Wire
from linda_core.driver import Driver, Purges


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
    def broker(self, connect: Callable[[], Broker]) -> Broker:
        """The broker under test."""
        return connect()

    @pytest.fixture(autouse=True)
    def applies(self, broker: Broker, request: pytest.FixtureRequest) -> None:
        """Leaves the test out where a declaration says so, and notes for the report whom it is about."""
        request.node.user_properties.append((PROPERTY, _noted(broker, request.node)))
        if reason := declared.obstacle(request.node, broker):
            pytest.skip(reason)

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

    @pytest.fixture
    def silence(self, harness: Harness, broker: Broker) -> Iterator[Silence]:
        """A broker whose every byte is counted, where its bytes go through a network."""
        try:
            proxy, url = harness.through()
        except Unproxied:
            yield Silence(broker, None)
            return
        with proxy, new_broker(url, clock=harness.clock) as listened_to:
            yield Silence(listened_to, proxy)

    @pytest.fixture
    def wire(self, harness: Harness, new_queue: Callable[[str], str]) -> Iterator[Wire]:
        """A broker whose connection can be broken at any byte."""
        try:
            wire = Wire(*harness.through())
        except Unproxied as reason:
            pytest.skip(f"harness: {reason}")
        with closing(wire):
            if not wire.carries(new_queue("carried")):
                pytest.skip("harness: the server has its clients come to an address of its own, past the proxy")
            yield wire

    @pytest.fixture
    def dice(self, request: pytest.FixtureRequest) -> random.Random:
        """Chance, the same in every run."""
        return random.Random(request.node.name)

    @pytest.fixture
    def soak(self, pytestconfig: pytest.Config) -> int:
        """How many times as many rounds as usual, where rounds count."""
        return cast("int", pytestconfig.getoption("--linda-soak"))


def _noted(broker: Broker, test: pytest.Function) -> Facts:
    """Which promise of which broker a test is about."""
    with broker._link.call(Driver, "facts") as driver:
        facts = declared_by(driver)
    promise = test.cls.__name__ if test.cls else ""
    return {**facts, "scheme": broker.url.scheme, "server": broker.server, "promise": promise}


class BrokerConformance(Stage):
    """Every promise of the contract, as one class to inherit."""

    TestRoundtrip = Roundtrip
    TestAccepted = Accepted
    TestLeases = Leases
    TestDelays = Delays
    TestFencing = Fencing
    TestAttempts = Attempts
    TestReturning = Returning
    TestBurying = Burying
    TestLimits = Limits
    TestNames = Names
    TestBatches = Batches
    TestPriority = Priority
    TestCounting = Counting
    TestPeeking = Peeking
    TestListing = Listing
    TestPurging = Purging
    TestWaiting = Waiting
    TestThreads = Threads
    TestForks = Forks
    TestClosing = Closing
    TestCrowds = Crowds
    TestCrashes = Crashes
    TestCuts = Cuts
    TestHealing = Healing
    TestRestarts = Restarts
    TestModel = Model
