"""Promise 4: never early."""

from linda_core.broker import Broker
from linda_core.conformance.harness import Harness
from linda_core.conformance.watch import HOLD, Watch
from linda_core.job import Job


class Delays:
    """A delayed job is never handed out before it is due, whatever the server's own resolution; delays round up."""

    def test_a_delayed_job_comes_when_it_is_due_and_not_before(
        self, broker: Broker, other: Broker, queue: str, harness: Harness, watch: Watch
    ) -> None:
        job = Job("Later")
        due = watch.now() + harness.lease
        broker.later(harness.lease, job, queue)

        assert watch.comes(other, queue, due).id == job.id

    def test_a_released_job_with_a_delay_comes_when_it_is_due_and_not_before(
        self, broker: Broker, other: Broker, queue: str, harness: Harness, watch: Watch
    ) -> None:
        broker.push(Job("Cron"), queue)
        job = watch.take(broker, queue)
        due = watch.now() + harness.lease
        broker.release_with_delay(queue, job, harness.lease)

        assert watch.comes(other, queue, due).id == job.id

    def test_a_delay_between_two_steps_is_rounded_up(
        self, broker: Broker, other: Broker, queue: str, watch: Watch
    ) -> None:
        delays = [step * broker.limits.delay_step for step in (0.1, 1, 1.1, 2.5)]
        start = watch.now()
        for delay in delays:
            broker.later(delay, Job("Later", id=f"{queue} {delay}"), queue)

        dues = {f"{queue} {delay}": start + delay for delay in delays}
        for due in sorted(dues.values()):
            job = watch.comes(other, queue, due)
            assert watch.now() >= dues.pop(job.id) - 1e-6, f"job {job.id} was early: its delay was rounded down"

    def test_a_released_job_is_ready_at_once(self, broker: Broker, other: Broker, queue: str, watch: Watch) -> None:
        broker.push(Job("Again"), queue)
        job = watch.take(broker, queue)
        broker.release(queue, job)

        assert watch.take(other, queue).id == job.id

    def test_ready_jobs_do_not_wait_for_delayed_ones(self, broker: Broker, queue: str, watch: Watch) -> None:
        broker.later(HOLD, Job("Later"), queue)
        job = Job("Now")
        broker.push(job, queue)

        assert watch.take(broker, queue).id == job.id
        watch.nothing(broker, queue, f"it is delayed by {HOLD} s")

    def test_jobs_come_in_the_order_in_which_they_are_due(
        self, broker: Broker, queue: str, harness: Harness, watch: Watch
    ) -> None:
        steps = max(broker.limits.delay_step, harness.lease)
        start = watch.now()
        for number in (2, 1):
            broker.later(number * steps, Job("Later", [number]), queue)

        first = watch.comes(broker, queue, start + steps)
        second = watch.comes(broker, queue, start + 2 * steps)

        assert (first.args[0], second.args[0]) == (1, 2), "the job that was due later came first"

    def test_a_delay_longer_than_three_leases_runs_the_job_once(
        self, broker: Broker, other: Broker, queue: str, harness: Harness, watch: Watch
    ) -> None:
        due = watch.now() + 3.5 * harness.lease
        broker.later(3.5 * harness.lease, Job("Later"), queue)
        job = watch.comes(broker, queue, due, lease=4 * harness.lease)

        assert job.attempts == 1, f"job {job.id} waited out its delay, and that was counted as {job.attempts} attempts"
        broker.delete(queue, job)
        harness.elapse(4 * harness.lease)
        watch.nothing(other, queue, "it had run once after its delay")

    def test_many_delayed_jobs_are_all_on_time(
        self, broker: Broker, other: Broker, queue: str, harness: Harness, watch: Watch
    ) -> None:
        jobs = [Job("Later") for _ in range(200)]
        due = watch.now() + harness.lease
        broker.push_many(jobs, queue, delay=harness.lease)

        back = {watch.comes(other, queue, due).id for _ in jobs}

        assert back == {job.id for job in jobs}, f"{len(back)} of {len(jobs)} delayed jobs came, each of them once"

    def test_migrating_makes_due_jobs_ready_and_no_others(
        self, broker: Broker, other: Broker, queue: str, harness: Harness, watch: Watch
    ) -> None:
        broker.later(harness.lease, Job("Soon"), queue)
        broker.later(HOLD, Job("Later"), queue)
        assert broker.migrate_expired_jobs(queue) == 0, "a job was made ready before it was due"
        harness.elapse(harness.lease + broker.limits.delay_step)

        broker.migrate_expired_jobs(queue)

        assert watch.take(other, queue).name == "Soon"
        watch.nothing(other, queue, f"it is delayed by {HOLD} s")
