"""Promises 2, 3 and 5: at least once, one holder, and a lease for each reservation."""

import pytest

from linda_core.broker import Broker
from linda_core.conformance.declared import lacks, requires
from linda_core.conformance.harness import Harness
from linda_core.conformance.watch import HOLD, Watch
from linda_core.driver import Touches
from linda_core.errors import Unsupported
from linda_core.job import Job


class Leases:
    """A reserved job is one consumer's until it is settled or its lease runs out; then anybody may have it."""

    def test_nobody_else_gets_a_job_while_its_lease_runs(
        self, broker: Broker, other: Broker, queue: str, watch: Watch
    ) -> None:
        broker.push(Job("Held"), queue)
        watch.take(broker, queue)

        watch.nothing(other, queue, "another consumer's lease on it was running")
        watch.nothing(broker, queue, "this consumer held it already")

    def test_a_job_that_nobody_settled_comes_back_when_its_lease_is_over_and_not_before(
        self, broker: Broker, other: Broker, queue: str, harness: Harness, watch: Watch
    ) -> None:
        broker.push(Job("Forgotten"), queue)
        due = watch.now() + harness.lease
        forgotten = watch.take(broker, queue, harness.lease)

        back = watch.comes(other, queue, due)

        assert back.id == forgotten.id, f"job {forgotten.id} went out, {back.id} came back"

    def test_each_reservation_has_the_lease_it_asked_for(
        self, broker: Broker, other: Broker, queue: str, harness: Harness, watch: Watch
    ) -> None:
        broker.push_many([Job("Held", id=f"{queue}-{name}") for name in ("short", "long")], queue)
        due = watch.now() + harness.lease
        short = watch.take(broker, queue, harness.lease)
        watch.take(broker, queue, HOLD)

        assert watch.comes(other, queue, due).id == short.id, "the job with the longer lease came back first"
        watch.nothing(other, queue, f"its lease is {HOLD} s")

    def test_a_second_reservation_has_a_whole_lease_of_its_own(
        self, broker: Broker, other: Broker, queue: str, harness: Harness, watch: Watch
    ) -> None:
        broker.push(Job("Forgotten"), queue)
        due = watch.now() + harness.lease
        watch.take(broker, queue, harness.lease)
        watch.comes(other, queue, due, lease=HOLD)
        harness.elapse(harness.lease)

        watch.nothing(broker, queue, f"its second lease is {HOLD} s")

    def test_a_lease_that_has_been_given_back_does_not_end_the_next_one(
        self, broker: Broker, other: Broker, queue: str, harness: Harness, watch: Watch
    ) -> None:
        broker.push(Job("Handed on"), queue)
        broker.release(queue, watch.take(broker, queue, 4 * harness.lease))
        watch.take(other, queue, HOLD)
        harness.elapse(4 * harness.lease)

        watch.nothing(broker, queue, "only the lease of an earlier reservation was over")

    def test_every_job_of_a_batch_comes_back(
        self, broker: Broker, other: Broker, queue: str, harness: Harness, watch: Watch
    ) -> None:
        broker.push_many([Job("Forgotten") for _ in range(20)], queue)
        due = watch.now() + harness.lease
        forgotten = watch.take_many(broker, queue, 20, harness.lease)

        back = [watch.comes(other, queue, due) for _ in range(20)]

        assert {job.id for job in back} == {job.id for job in forgotten}, "not every job of the batch came back"

    def test_a_job_goes_out_as_often_as_it_is_forgotten(
        self, broker: Broker, queue: str, harness: Harness, watch: Watch
    ) -> None:
        broker.push(Job("Forgotten"), queue)
        due = watch.now()
        for attempt in range(1, 4):
            job = watch.comes(broker, queue, due, harness.lease)
            due += harness.lease  # from when it could be taken: the answer that says so comes later
            assert job.attempts == attempt, f"job {job.id} was handed out {attempt} times, it says {job.attempts}"

    def test_a_job_knows_its_deadline(self, broker: Broker, queue: str, harness: Harness, watch: Watch) -> None:
        broker.push(Job("Held"), queue)
        before = broker.clock.time()
        job = watch.take(broker, queue, harness.lease)

        assert job.deadline is not None
        assert before + harness.lease - 0.01 <= job.deadline <= broker.clock.time() + job.timeout

    @requires(Touches)
    def test_touch_starts_a_new_lease(
        self, broker: Broker, other: Broker, queue: str, harness: Harness, watch: Watch
    ) -> None:
        broker.push(Job("Slow"), queue)
        job = watch.take(broker, queue, 4 * harness.lease)
        broker.touch(queue, job, HOLD)
        harness.elapse(4 * harness.lease)

        watch.nothing(other, queue, "it was touched while its first lease ran")
        broker.delete(queue, job)

    @requires(Touches)
    def test_a_touched_job_comes_back_when_its_new_lease_is_over(
        self, broker: Broker, other: Broker, queue: str, harness: Harness, watch: Watch
    ) -> None:
        broker.push(Job("Slow"), queue)
        job = watch.take(broker, queue, HOLD)
        due = watch.now() + harness.lease
        broker.touch(queue, job, harness.lease)

        assert watch.comes(other, queue, due).id == job.id

    @requires(Touches)
    def test_touch_without_a_length_repeats_the_first(
        self, broker: Broker, other: Broker, queue: str, harness: Harness, watch: Watch
    ) -> None:
        broker.push(Job("Slow"), queue)
        job = watch.take(broker, queue, 4 * harness.lease)
        harness.elapse(2 * harness.lease)
        due = watch.now() + 4 * harness.lease
        broker.touch(queue, job)

        watch.comes(other, queue, due)

    @lacks(Touches)
    def test_touch_is_refused_by_name(self, broker: Broker, queue: str, watch: Watch) -> None:
        broker.push(Job("Slow"), queue)
        job = watch.take(broker, queue)

        with pytest.raises(Unsupported, match="Touches"):
            broker.touch(queue, job)
        broker.delete(queue, job)
