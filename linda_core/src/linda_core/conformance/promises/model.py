"""Every promise at once: any sequence of verbs leaves each job where the lifecycle says."""

from collections.abc import Callable
from math import inf
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, multiple, rule, run_state_machine_as_test

from linda_core.broker import Broker
from linda_core.conformance.harness import Harness
from linda_core.conformance.oracle import Handle, Oracle
from linda_core.conformance.watch import HOLD, Watch
from linda_core.driver import Buries, Receipts, Touches
from linda_core.errors import LeaseLost
from linda_core.job import Job
from linda_core.lifecycle import Event, State

SETTLING = [Event.DELETE, Event.RELEASE, Event.RELEASE_WITH_DELAY, Event.BURY, Event.TOUCH]


class Machine(RuleBasedStateMachine):
    """Two brokers, one queue, and whatever two hands may do with them."""

    pushed = Bundle("pushed")
    handles = Bundle("handles")

    def __init__(self, brokers: tuple[Broker, Broker], queue: str, harness: Harness) -> None:
        super().__init__()
        self._brokers = brokers
        self._queue = queue
        self._harness = harness
        self._watch = Watch(harness, brokers[0])
        self._lease = harness.lease
        self._last: Handle | None = None
        limits = brokers[0].limits
        self._oracle = Oracle(0 if harness.alone else limits.lease_step + limits.delay_step + harness.patience)

    def _now(self) -> float:
        return self._brokers[0].clock.monotonic()

    @rule(target=pushed, hand=st.integers(0, 1))
    def push(self, hand: int) -> str:
        job = Job("Model")
        self._brokers[hand].push(job, self._queue)
        self._oracle.happens(job.id, Event.PUSH)
        return job.id

    @rule(target=pushed, hand=st.integers(0, 1), long=st.booleans())
    def later(self, hand: int, long: bool) -> str:  # noqa: FBT001 - drawn by Hypothesis
        job = Job("Model")
        delay = HOLD if long else self._lease
        due = self._now() + delay
        self._brokers[hand].later(delay, job, self._queue)
        self._oracle.happens(job.id, Event.LATER, due)
        return job.id

    @rule(identity=pushed, hand=st.integers(0, 1))
    def push_again(self, identity: str, hand: int) -> None:
        if self._brokers[hand].capabilities.idempotent_push and identity in self._oracle.fates:
            self._brokers[hand].push(Job("Model", id=identity), self._queue)

    @rule(target=handles, hand=st.integers(0, 1), long=st.booleans(), limit=st.integers(1, 3))
    def pop(self, hand: int, long: bool, limit: int) -> Any:  # noqa: FBT001
        broker, asked = self._brokers[hand], self._now()
        expected = sum(self._oracle.must_be_ready(identity, asked) for identity in self._oracle.fates)
        patience = self._harness.patience if expected else 0
        jobs = broker.pop_many(self._queue, HOLD if long else self._lease, limit, wait=patience)
        assert jobs or not expected, f"{expected} jobs are ready, and pop found none"
        if self._harness.alone:
            assert len(jobs) >= min(limit, expected), f"{expected} jobs are ready, pop of {limit} found {len(jobs)}"
        now = self._now()
        for job in jobs:
            known = self._oracle.fates.get(job.id)
            assert self._oracle.may_be_ready(job.id, now), f"job {job.id} was handed out, but it is {known}"
            attempts = self._oracle.reserved(job.id, asked + job.timeout)
            assert job.attempts == attempts, f"job {job.id} was handed out {attempts} times, it says {job.attempts}"
            self._last = Handle.of(broker, job)
        return multiple(*(Handle.of(broker, job) for job in jobs))

    @rule(handle=handles, event=st.sampled_from(SETTLING), hand=st.integers(0, 1))
    def settle(self, handle: Handle, event: Event, hand: int) -> None:
        self._settle(handle, event, hand)

    @rule(event=st.sampled_from(SETTLING), hand=st.integers(0, 1))
    def settle_the_last(self, event: Event, hand: int) -> None:
        if self._last:
            self._settle(self._last, event, hand)

    def _settle(self, handle: Handle, event: Event, hand: int) -> None:
        broker = self._brokers[hand]
        if broker.capabilities.receipts is Receipts.CONNECTION:
            broker = handle.holder
        asked = self._now()
        may = self._oracle.may_settle(handle, asked)
        try:
            due = self._do(broker, event, Handle.of(broker, handle.job).job)
        except LeaseLost:
            must = self._oracle.must_settle(handle, self._now())
            assert not must, f"{event} by the holder of job {handle.job.id} was refused while its lease ran"
        else:
            if due is not None:
                assert may, f"{event} of job {handle.job.id} was accepted from a hand that does not hold it any more"
                self._oracle.happens(handle.job.id, event, due)

    def _do(self, broker: Broker, event: Event, job: Job) -> float | None:
        """Settle `job`. Returns when its new timer may end; None where the broker lacks the verb."""
        now = self._now()
        if event is Event.DELETE:
            broker.delete(self._queue, job)
        elif event is Event.RELEASE:
            broker.release(self._queue, job)
        elif event is Event.RELEASE_WITH_DELAY:
            broker.release_with_delay(self._queue, job, self._lease)
            return now + self._lease
        elif event is Event.BURY and broker.supports(Buries):
            broker.bury(self._queue, job, "model")
        elif event is Event.TOUCH and broker.supports(Touches):
            broker.touch(self._queue, job, self._lease)
            return now + self._lease
        else:
            return None
        return inf

    @rule(hand=st.integers(0, 1), limit=st.integers(1, 3))
    def kick(self, hand: int, limit: int) -> None:
        if not self._brokers[hand].supports(Buries):
            return
        buried = [identity for identity, fate in self._oracle.fates.items() if fate.state is State.BURIED]
        kicked = self._brokers[hand].kick(self._queue, limit)
        assert kicked == min(limit, len(buried)), f"{len(buried)} jobs are buried, kick of {limit} moved {kicked}"
        if kicked == len(buried):
            for identity in buried:
                self._oracle.happens(identity, Event.KICK)
        else:
            self._find_kicked(buried, kicked)

    def _find_kicked(self, buried: list[str], number: int) -> None:
        """Which ones were kicked is the broker's affair: kick the rest, so that all of them are ready."""
        rest = len(buried) - number
        assert self._brokers[0].kick(self._queue, rest) == rest
        for identity in buried:
            self._oracle.happens(identity, Event.KICK)

    @rule(hand=st.integers(0, 1))
    def migrate(self, hand: int) -> None:
        self._brokers[hand].migrate_expired_jobs(self._queue)

    @rule(part=st.sampled_from([0.4, 0.95, 1.1]))
    def let_time_pass(self, part: float) -> None:
        self._harness.elapse(part * self._lease)

    def teardown(self) -> None:
        """From every state but BURIED, time alone leads back to READY; kick leads there from BURIED."""
        broker = self._brokers[1]
        self._harness.elapse(1.1 * self._lease + broker.limits.delay_step)
        if broker.supports(Buries):
            broker.kick(self._queue, 1000)
            for fate in self._oracle.fates.values():
                if fate.state is State.BURIED:
                    fate.state = State.READY
        kept = {identity for identity in self._oracle.fates if self._oracle.may_be_ready(identity, self._now())}
        found = [job.id for job in self._watch.drain(broker, self._queue, len(kept))]
        assert sorted(found) == sorted(kept), (
            f"in the end {len(kept)} jobs must be ready; lost: {kept - set(found)}, "
            f"too many: {[identity for identity in found if identity not in kept or found.count(identity) > 1]}"
        )


@pytest.mark.linda_thorough
class Model:
    """Any sequence of verbs, by any two hands, leaves each job where the lifecycle's table says."""

    def test_the_lifecycle_holds_for_any_sequence_of_verbs(
        self, broker: Broker, other: Broker, new_queue: Callable[[str], str], harness: Harness, soak: int
    ) -> None:
        class Here(Machine):
            def __init__(self) -> None:
                super().__init__((broker, other), new_queue("model"), harness)

        run_state_machine_as_test(
            Here,
            settings=settings(
                max_examples=(100 if harness.alone else 5) * soak,
                stateful_step_count=40 if harness.alone else 25,
                deadline=None,
                database=None,
                derandomize=soak == 1,
                suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
            ),
        )
