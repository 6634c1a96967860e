"""Promise 8: due jobs and expired leases come back without luck. And where a released job goes."""

from linda_core.broker import Broker
from linda_core.conformance.background import Background
from linda_core.conformance.declared import lacks, requires
from linda_core.conformance.harness import Harness
from linda_core.conformance.watch import HOLD, Watch
from linda_core.driver import Order, Promotes, Return
from linda_core.job import Job


class Returning:
    """Any consumer that pops sees what is due; migrating does it on demand, and from everywhere at once."""

    def test_a_consumer_that_comes_later_sees_what_is_due(
        self, broker: Broker, harness: Harness, queue: str, watch: Watch
    ) -> None:
        broker.push(Job("Forgotten"), queue)
        watch.take(broker, queue, harness.lease)
        broker.later(harness.lease, Job("Later"), queue)
        broker.close()
        harness.elapse(harness.lease + 2 * broker.limits.delay_step)

        with harness.connect() as newcomer:
            names = {watch.take(newcomer, queue).name for _ in range(2)}
        assert names == {"Forgotten", "Later"}

    @requires(Promotes)
    def test_migrating_says_how_many_went_back(
        self, broker: Broker, queue: str, harness: Harness, watch: Watch
    ) -> None:
        broker.push_many([Job("Forgotten") for _ in range(3)], queue)
        watch.take_many(broker, queue, 3, harness.lease)
        broker.push_many([Job("Later") for _ in range(4)], queue, delay=harness.lease)
        harness.elapse(harness.lease + 2 * broker.limits.delay_step)

        assert broker.migrate_expired_jobs(queue) == 7, "3 leases and 4 delays were over"
        assert broker.migrate_expired_jobs(queue) == 0, "all that was due had been moved before"
        assert len(watch.take_many(broker, queue, 7)) == 7

    @lacks(Promotes)
    def test_with_timers_of_its_own_migrating_moves_nothing(
        self, broker: Broker, queue: str, harness: Harness, watch: Watch
    ) -> None:
        due = watch.now() + harness.lease
        broker.later(harness.lease, Job("Later"), queue)
        harness.elapse(harness.lease)

        assert broker.migrate_expired_jobs(queue) == 0
        watch.comes(broker, queue, due)

    def test_migrating_from_everywhere_at_once_moves_each_job_once(
        self, broker: Broker, other: Broker, queue: str, harness: Harness, watch: Watch
    ) -> None:
        jobs = [Job("Later") for _ in range(300)]
        broker.push_many(jobs, queue, delay=harness.lease)
        harness.elapse(harness.lease + 2 * broker.limits.delay_step)
        calls = [
            Background(lambda by=by: by.migrate_expired_jobs(queue))  # type: ignore[misc]
            for by in (broker, other) * 4
        ]
        moved = sum(call.result("migrating got stuck beside others") for call in calls)

        assert moved in {0, len(jobs)}, f"{len(jobs)} jobs were due, and {moved} were moved"
        taken = watch.take_many(broker, queue, len(jobs))
        assert len({job.id for job in taken}) == len(jobs), "a job was handed out twice after migrating at once"
        watch.nothing(broker, queue, "it had been handed out before")

    @requires(on_release=Return.FRONT, order=Order.FIFO)
    def test_a_released_job_goes_to_the_front(self, broker: Broker, queue: str, watch: Watch) -> None:
        assert _after_release(broker, queue, watch) == ["first", "second", "third"], "on_release=front is declared"

    @requires(on_release=Return.BACK, order=Order.FIFO)
    def test_a_released_job_goes_to_the_back(self, broker: Broker, queue: str, watch: Watch) -> None:
        assert _after_release(broker, queue, watch) == ["second", "third", "first"], "on_release=back is declared"

    def test_a_released_job_is_not_forgotten_behind_new_ones(self, broker: Broker, queue: str, watch: Watch) -> None:
        assert sorted(_after_release(broker, queue, watch)) == ["first", "second", "third"]

    def test_delayed_jobs_do_not_hold_up_ready_ones_of_other_queues(
        self, broker: Broker, queue: str, watch: Watch
    ) -> None:
        broker.push_many([Job("Later") for _ in range(500)], queue, delay=HOLD)
        broker.push(Job("Now"), f"{queue}.now")

        job = watch.take(broker, [queue, f"{queue}.now"])
        assert job.name == "Now"
        broker.delete(job.queue, job)


def _after_release(broker: Broker, queue: str, watch: Watch) -> list[str]:
    """The order of three jobs after the first was taken and released."""
    for name in ("first", "second", "third"):
        broker.push(Job(name), queue)
    broker.release(queue, watch.take(broker, queue))
    return [watch.take(broker, queue).name for _ in range(3)]
