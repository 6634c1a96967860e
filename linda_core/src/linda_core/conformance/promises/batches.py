"""Many jobs in one call: all of them, each judged by itself."""

from collections.abc import Callable

import pytest

from linda_core.broker import Broker
from linda_core.conformance.declared import requires
from linda_core.conformance.harness import Harness
from linda_core.conformance.watch import HOLD, Watch
from linda_core.driver import Touches
from linda_core.errors import EncodeError, LeaseLost, LimitExceeded
from linda_core.job import Job


class Batches:
    """A call with many jobs does for each of them what the call with one does, and says which it could not."""

    def test_every_job_of_a_batch_arrives_once(self, broker: Broker, other: Broker, queue: str, watch: Watch) -> None:
        jobs = [Job("Many", [number]) for number in range(250)]
        broker.push_many(jobs, queue)

        taken = watch.take_many(other, queue, 250)

        assert sorted(job.args[0] for job in taken) == list(range(250))
        watch.nothing(other, queue, "it has been handed out in a batch")

    def test_a_batch_is_no_larger_than_asked(self, broker: Broker, queue: str, watch: Watch) -> None:
        broker.push_many([Job("Many") for _ in range(10)], queue)
        watch.take(broker, queue)

        some = broker.pop_many(queue, HOLD, 4)
        assert len(some) <= 4, f"4 jobs were asked for, {len(some)} were handed out"
        watch.take_many(broker, queue, 9 - len(some))

    def test_an_empty_batch_changes_nothing(self, broker: Broker, queue: str, watch: Watch) -> None:
        broker.push_many([], queue)
        broker.delete_many(queue, [])
        broker.release_many(queue, [])

        watch.nothing(broker, queue, "nobody pushed one")

    @pytest.mark.parametrize("verb", ["delete_many", "release_many", "touch_many"])
    def test_one_lost_job_does_not_keep_the_others_from_being_settled(
        self, broker: Broker, other: Broker, queue: str, harness: Harness, watch: Watch, verb: str
    ) -> None:
        if verb == "touch_many" and not broker.supports(Touches):
            pytest.skip("not declared: Touches")
        broker.push_many([Job("Many", [number]) for number in range(5)], queue)
        due = watch.now() + harness.lease
        lost = watch.take(broker, queue, harness.lease)
        jobs = watch.take_many(broker, queue, 4)
        watch.comes(other, queue, due)

        with pytest.raises(LeaseLost) as caught:
            _settle(broker, verb, queue, [*jobs[:2], lost, *jobs[2:]])

        named = [job.id for job in caught.value.jobs]
        assert named == [lost.id], f"only job {lost.id} was lost, LeaseLost names {named}"
        if verb == "release_many":
            back = watch.take_many(other, queue, 4)
            assert {job.id for job in back} == {job.id for job in jobs}
        watch.nothing(other, queue, f"it is held, or was settled by {verb}")

    def test_a_job_given_twice_is_settled_once(self, broker: Broker, queue: str, watch: Watch) -> None:
        broker.push(Job("Many"), queue)
        job = watch.take(broker, queue)

        with pytest.raises(LeaseLost):
            broker.delete_many(queue, [job, job])
        watch.nothing(broker, queue, "it was deleted, even though it was named twice")

    def test_a_batch_with_one_bad_job_is_refused_whole(self, broker: Broker, queue: str, watch: Watch) -> None:
        with pytest.raises(EncodeError):
            broker.push_many([Job("Good"), Job("Bad", [object()])], queue)

        watch.nothing(broker, queue, "its batch was refused")

    def test_a_batch_with_one_job_too_long_is_refused_whole(self, broker: Broker, queue: str, watch: Watch) -> None:
        if broker.limits.body > 2**24:
            pytest.skip(f"declared: body={broker.limits.body}, which is more than a test should need")
        with pytest.raises(LimitExceeded):
            broker.push_many([Job("Good"), Job("Long", ["x" * int(broker.limits.body)])], queue)

        watch.nothing(broker, queue, "its batch was refused")

    def test_a_batch_is_released_with_one_delay(
        self, broker: Broker, other: Broker, queue: str, harness: Harness, watch: Watch
    ) -> None:
        broker.push_many([Job("Many") for _ in range(20)], queue)
        jobs = watch.take_many(broker, queue, 20)
        due = watch.now() + harness.lease
        broker.release_many(queue, jobs, delay=harness.lease)

        back = {watch.comes(other, queue, due).id for _ in jobs}
        assert back == {job.id for job in jobs}

    @requires(Touches)
    def test_a_batch_is_touched_whole(
        self, broker: Broker, other: Broker, queue: str, harness: Harness, watch: Watch
    ) -> None:
        broker.push_many([Job("Slow") for _ in range(20)], queue)
        jobs = watch.take_many(broker, queue, 20, 4 * harness.lease)
        broker.touch_many(queue, jobs, HOLD)
        harness.elapse(4 * harness.lease)

        watch.nothing(other, queue, "it was touched with its batch")
        broker.delete_many(queue, jobs)

    def test_earlier_queues_come_first(
        self, broker: Broker, queue: str, new_queue: Callable[[str], str], watch: Watch
    ) -> None:
        first = new_queue("first")
        broker.push_many([Job("Second", [number]) for number in range(3)], queue)
        broker.push_many([Job("First", [number]) for number in range(3)], first)

        taken = [watch.take(broker, [first, queue]) for _ in range(6)]

        assert [job.name for job in taken] == ["First"] * 3 + ["Second"] * 3, "a later queue was served first"
        assert {job.queue for job in taken[:3]} == {first}, "a job does not know from which queue it came"
        for job in taken:
            broker.delete(job.queue, job)


def _settle(broker: Broker, verb: str, queue: str, jobs: list[Job]) -> None:
    if verb == "delete_many":
        broker.delete_many(queue, jobs)
    elif verb == "release_many":
        broker.release_many(queue, jobs)
    else:
        broker.touch_many(queue, jobs, HOLD)
