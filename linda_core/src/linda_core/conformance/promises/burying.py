"""A job that failed for good is set aside, and comes back only when somebody says so."""

import pytest

from linda_core.broker import Broker
from linda_core.conformance.declared import lacks, requires
from linda_core.conformance.harness import Harness
from linda_core.conformance.watch import HOLD, Watch
from linda_core.driver import Buries, Peeks
from linda_core.errors import Unsupported
from linda_core.job import Job
from linda_core.lifecycle import State


def buried(broker: Broker, queue: str, watch: Watch, *numbers: int) -> list[Job]:
    """Jobs with these numbers as arguments, pushed and buried one after another."""
    jobs: list[Job] = []
    for number in numbers:
        broker.push(Job("Failed", [number]), queue)
        jobs.append(watch.take(broker, queue))
        broker.bury(queue, jobs[-1], f"reason {number}")
    return jobs


class Burying:
    """A buried job is kept, with its reason, until somebody kicks or drops it. It never comes back by itself."""

    @requires(Buries)
    def test_a_buried_job_never_comes_back_by_itself(
        self, broker: Broker, other: Broker, queue: str, harness: Harness, watch: Watch
    ) -> None:
        broker.push(Job("Failed"), queue)
        broker.bury(queue, watch.take(broker, queue, 2 * harness.lease), "broken")
        harness.elapse(2.1 * harness.lease)

        assert broker.migrate_expired_jobs(queue) == 0, "migrating moved a buried job"
        watch.nothing(other, queue, "it is buried")

    @requires(Buries)
    def test_kick_makes_a_buried_job_ready(self, broker: Broker, other: Broker, queue: str, watch: Watch) -> None:
        [job] = buried(broker, queue, watch, 1)

        assert other.kick(queue, 10) == 1, "one job was buried; kick must say that it kicked one"
        assert watch.take(broker, queue).id == job.id

    @requires(Buries)
    def test_kick_takes_the_oldest_first_and_no_more_than_asked(self, broker: Broker, queue: str, watch: Watch) -> None:
        buried(broker, queue, watch, 1, 2, 3)

        assert broker.kick(queue, 2) == 2
        kicked = {watch.take(broker, queue).args[0] for _ in range(2)}
        assert kicked == {1, 2}, f"of the buried jobs 1, 2 and 3, kick took {kicked} as the two oldest"
        watch.nothing(broker, queue, "it is the youngest of three buried jobs, and two were kicked")
        assert broker.kick(queue, 2) == 1
        assert watch.take(broker, queue).args[0] == 3

    @requires(Buries)
    def test_kick_leaves_delayed_and_reserved_jobs_where_they_are(
        self, broker: Broker, queue: str, watch: Watch
    ) -> None:
        broker.push(Job("Held"), queue)
        watch.take(broker, queue)
        broker.later(HOLD, Job("Later"), queue)

        assert broker.kick(queue, 10) == 0, "kick says that it kicked jobs, but none was buried"
        watch.nothing(broker, queue, "it was delayed or reserved, and only buried jobs can be kicked")

    @requires(Buries)
    def test_a_kicked_job_can_be_held_and_deleted_like_any_other(
        self, broker: Broker, other: Broker, queue: str, harness: Harness, watch: Watch
    ) -> None:
        buried(broker, queue, watch, 1)
        broker.kick(queue, 1)
        due = watch.now() + harness.lease
        watch.take(broker, queue, harness.lease)
        job = watch.comes(other, queue, due)
        other.delete(queue, job)

        watch.nothing(broker, queue, "it was deleted")
        assert broker.kick(queue, 1) == 0, "a deleted job was still among the buried ones"

    @requires(Buries, Peeks)
    @pytest.mark.parametrize(
        "reason", ["", "lost 5 ✕", "Traceback:\n" + "  line\n" * 500], ids=["none", "text", "long"]
    )
    def test_a_buried_job_keeps_its_reason(
        self, broker: Broker, other: Broker, queue: str, watch: Watch, reason: str
    ) -> None:
        broker.push(Job("Failed"), queue)
        broker.bury(queue, watch.take(broker, queue), reason)

        [seen] = other.peek(queue, State.BURIED, 10)
        assert seen.reason == reason, f"job {seen.id} was buried because of {reason[:40]!r}, not {seen.reason[:40]!r}"

    @requires(Buries)
    def test_what_cannot_be_decoded_is_buried_and_the_next_job_is_handed_out(
        self, broker: Broker, other: Broker, queue: str, watch: Watch
    ) -> None:
        watch.push_raw(broker, queue, b"\x80\x04not a Linda envelope")
        job = Job("Good")
        broker.push(job, queue)

        assert watch.take(broker, queue).id == job.id
        watch.nothing(other, queue, "it cannot be decoded and must be buried")
        assert broker.kick(queue, 10) == 1, "what could not be decoded was not buried"

    @requires(Buries, Peeks)
    def test_what_cannot_be_decoded_is_buried_with_the_reason(self, broker: Broker, queue: str, watch: Watch) -> None:
        watch.push_raw(broker, queue, b'{"v": 99}')
        watch.nothing(broker, queue, "it cannot be decoded")

        with broker._link.call(Peeks, "peek") as driver:  # Broker would work the reason out again
            [seen] = driver.peek(queue, State.BURIED, 10)
        assert seen.reason, "a body that cannot be decoded was buried without saying why"

    @lacks(Buries)
    def test_bury_and_kick_are_refused_by_name(self, broker: Broker, queue: str, watch: Watch) -> None:
        broker.push(Job("Failed"), queue)
        job = watch.take(broker, queue)

        with pytest.raises(Unsupported, match="Buries"):
            broker.bury(queue, job)
        with pytest.raises(Unsupported, match="Buries"):
            broker.kick(queue, 1)
        broker.delete(queue, job)
