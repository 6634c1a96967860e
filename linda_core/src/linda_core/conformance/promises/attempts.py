"""Promise 7: attempts count."""

from collections.abc import Callable

from linda_core.broker import Broker
from linda_core.conformance.declared import requires
from linda_core.conformance.harness import Harness
from linda_core.conformance.watch import Watch
from linda_core.driver import Buries, Touches
from linda_core.job import Job


class Attempts:
    """`job.attempts` is the number of times the job was handed out; it survives release, delay and crash."""

    def test_the_first_attempt_is_1(self, broker: Broker, queue: str, watch: Watch) -> None:
        broker.push(Job("Tried"), queue)

        assert watch.take(broker, queue).attempts == 1

    def test_attempts_survive_release(self, broker: Broker, other: Broker, queue: str, watch: Watch) -> None:
        broker.push(Job("Tried"), queue)
        for attempt in (1, 2, 3):
            by = (broker, other)[attempt % 2]
            job = watch.take(by, queue)
            _counted(job, attempt, "released each time")
            by.release(queue, job)

    def test_attempts_survive_a_delay(self, broker: Broker, queue: str, harness: Harness, watch: Watch) -> None:
        due = watch.now() + harness.lease
        broker.later(harness.lease, Job("Tried"), queue)
        job = watch.comes(broker, queue, due)
        _counted(job, 1, "pushed with a delay")
        due = watch.now() + harness.lease
        broker.release_with_delay(queue, job, harness.lease)

        _counted(watch.comes(broker, queue, due), 2, "released with a delay")

    def test_attempts_survive_a_lease_that_ran_out(
        self, broker: Broker, other: Broker, queue: str, harness: Harness, watch: Watch
    ) -> None:
        broker.push(Job("Tried"), queue)
        due = watch.now() + harness.lease
        watch.take(broker, queue, harness.lease)

        _counted(watch.comes(other, queue, due), 2, "its first lease ran out")

    def test_lapses_are_leases_that_ran_out_in_a_row(
        self, broker: Broker, queue: str, harness: Harness, watch: Watch
    ) -> None:
        broker.push(Job("Tried"), queue)
        due = watch.now() + harness.lease
        first = watch.take(broker, queue, harness.lease)
        second = watch.comes(broker, queue, due)
        broker.release(queue, second)
        third = watch.take(broker, queue)

        lapses = [job.lapses for job in (first, second, third)]
        assert lapses in ([0, 1, 0], [0, 0, 0]), f"a lease ran out, then the job was released, and lapses are {lapses}"

    @requires(Buries)
    def test_attempts_survive_burying(self, broker: Broker, queue: str, watch: Watch) -> None:
        broker.push(Job("Tried"), queue)
        broker.bury(queue, watch.take(broker, queue), "broken")
        broker.kick(queue, 1)

        _counted(watch.take(broker, queue), 2, "buried and kicked")

    @requires(Touches)
    def test_touching_is_no_attempt(self, broker: Broker, queue: str, watch: Watch) -> None:
        broker.push(Job("Tried"), queue)
        job = watch.take(broker, queue)
        broker.touch(queue, job, 500)
        broker.touch(queue, job, 400)
        broker.release(queue, job)

        _counted(watch.take(broker, queue), 2, "touched twice, then released")

    def test_each_job_has_its_own_count(
        self, broker: Broker, queue: str, new_queue: Callable[[str], str], watch: Watch
    ) -> None:
        broker.push(Job("Tried"), queue)
        for _ in range(2):
            broker.release(queue, watch.take(broker, queue))
        elsewhere = new_queue("untried")
        broker.push(Job("Untried"), elsewhere)

        _counted(watch.take(broker, elsewhere), 1, "handed out for the first time")
        _counted(watch.take(broker, queue), 3, "released twice")

    def test_a_new_job_begins_at_1_again(self, broker: Broker, queue: str, watch: Watch) -> None:
        job = Job("Tried")
        broker.push(job, queue)
        broker.release(queue, watch.take(broker, queue))
        broker.delete(queue, watch.take(broker, queue))
        broker.push(Job("Tried", id=job.id), queue)

        _counted(watch.take(broker, queue), 1, "deleted, and pushed anew")


def _counted(job: Job, attempts: int, why: str) -> None:
    assert job.attempts == attempts, f"job {job.id}, {why}, was handed out {attempts} times; it says {job.attempts}"
