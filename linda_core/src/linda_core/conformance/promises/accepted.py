"""Promise 1: accepted means kept."""

from collections.abc import Callable

from linda_core.broker import Broker
from linda_core.conformance.declared import lacks, requires
from linda_core.conformance.harness import Harness
from linda_core.conformance.watch import HOLD, Watch
from linda_core.driver import Buries
from linda_core.job import Job


class Accepted:
    """When push, later or a release returns, the server has the job; a repeated push is recognised where declared."""

    def test_a_push_that_returned_is_seen_by_everybody(
        self, broker: Broker, harness: Harness, queue: str, watch: Watch
    ) -> None:
        jobs = [Job("Kept", [number]) for number in range(20)]
        for job in jobs:
            broker.push(job, queue)
        broker.close()

        with harness.connect() as later:
            assert {job.id for job in watch.take_many(later, queue, 20)} == {job.id for job in jobs}

    @requires(idempotent_push=True)
    def test_a_repeated_push_does_not_duplicate(self, broker: Broker, other: Broker, queue: str, watch: Watch) -> None:
        job = Job("Once")
        broker.push(job, queue)
        other.push(job, queue)
        broker.push_many([job, job, Job("Other")], queue)

        taken = watch.take_many(broker, queue, 2)
        assert {one.name for one in taken} == {"Once", "Other"}, f"a repeated push left {taken}"
        watch.nothing(broker, queue, "its push was a repetition, and idempotent_push is declared")

    @requires(idempotent_push=True)
    def test_a_repeated_push_leaves_a_job_in_the_state_it_is_in(self, broker: Broker, queue: str, watch: Watch) -> None:
        delayed = Job("Later")
        broker.later(HOLD, delayed, queue)
        broker.push(delayed, queue)
        watch.nothing(broker, queue, "it was delayed already when it was pushed again")

        held = Job("Held")
        broker.push(held, queue)
        taken = watch.take(broker, queue)
        broker.push(held, queue)
        watch.nothing(broker, queue, "it was held already when it was pushed again")
        if broker.supports(Buries):
            broker.bury(queue, taken)
            broker.push(held, queue)
            watch.nothing(broker, queue, "it was buried already when it was pushed again")

    @requires(idempotent_push=True)
    def test_the_same_id_in_another_queue_is_another_job(
        self, broker: Broker, queue: str, new_queue: Callable[[str], str], watch: Watch
    ) -> None:
        elsewhere, job = new_queue("elsewhere"), Job("Both")
        broker.push(job, queue)
        broker.push(job, elsewhere)

        assert watch.take(broker, queue).id == watch.take(broker, elsewhere).id == job.id

    @requires(idempotent_push=True)
    def test_a_deleted_id_can_be_pushed_again(self, broker: Broker, queue: str, watch: Watch) -> None:
        job = Job("Again")
        for _ in range(2):
            broker.push(job, queue)
            broker.delete(queue, watch.take(broker, queue))

        watch.nothing(broker, queue, "it was deleted")

    @lacks(idempotent_push=True)
    def test_a_repeated_push_makes_a_second_job(self, broker: Broker, queue: str, watch: Watch) -> None:
        job = Job("Twice")
        broker.push(job, queue)
        broker.push(job, queue)

        taken = watch.take_many(broker, queue, 2)
        assert [one.id for one in taken] == [job.id] * 2
        for one in taken:
            broker.delete(queue, one)
