"""Promise 15, for those who operate a broker: counts, peek, queues and purge tell the truth, or are refused."""

from collections.abc import Callable

import pytest

from linda_core.broker import Broker
from linda_core.conformance.declared import lacks, requires
from linda_core.conformance.harness import Harness
from linda_core.conformance.promises.fencing import lease_lost
from linda_core.conformance.watch import HOLD, Watch
from linda_core.driver import Buries, Lists, Peeks, Purges, Tallies
from linda_core.errors import InvalidArgument, Unsupported
from linda_core.job import Job
from linda_core.lifecycle import State


def one_of_each(broker: Broker, queue: str, watch: Watch) -> dict[State, Job]:
    """A queue with one job in each state (BURIED where the broker can bury)."""
    jobs: dict[State, Job] = {}
    if broker.supports(Buries):
        broker.push(Job("buried"), queue)
        jobs[State.BURIED] = watch.take(broker, queue)
        broker.bury(queue, jobs[State.BURIED], "broken")
    broker.push(Job("reserved"), queue)
    jobs[State.RESERVED] = watch.take(broker, queue)
    jobs[State.DELAYED] = Job("delayed")
    broker.later(HOLD, jobs[State.DELAYED], queue)
    jobs[State.READY] = Job("ready")
    broker.push(jobs[State.READY], queue)
    return jobs


class Counting:
    """`counts` says how many jobs are in each state now, and None, never a guess, where the server cannot tell."""

    @requires(Tallies)
    def test_each_job_is_counted_in_its_state(self, broker: Broker, other: Broker, queue: str, watch: Watch) -> None:
        jobs = one_of_each(broker, queue, watch)
        counts = other.counts(queue)

        for state in State:
            expected = int(state in jobs) if state in broker.capabilities.counts else None
            counted = getattr(counts, state)
            assert counted == expected, f"{expected} job was {state}, counts() says {counted}"

    @requires(Tallies)
    def test_an_empty_queue_has_no_jobs(self, broker: Broker, queue: str) -> None:
        declared = broker.capabilities.counts
        expected = [
            0 if state in declared else None for state in (State.READY, State.DELAYED, State.RESERVED, State.BURIED)
        ]

        assert list(broker.counts(queue)) == expected, f"of an empty queue, counts() says {broker.counts(queue)}"

    @requires(Tallies)
    def test_due_jobs_and_expired_leases_count_as_ready(
        self, broker: Broker, queue: str, harness: Harness, watch: Watch
    ) -> None:
        if not {State.READY, State.DELAYED, State.RESERVED} <= broker.capabilities.counts:
            pytest.skip(f"declared: counts={sorted(broker.capabilities.counts)}")
        broker.push(Job("Forgotten"), queue)
        watch.take(broker, queue, harness.lease)
        broker.later(harness.lease, Job("Later"), queue)
        harness.elapse(harness.lease + broker.limits.delay_step)

        counts = broker.counts(queue)
        assert counts[:3] == (2, 0, 0), f"one delay and one lease are over, but counts() says {counts}"

    @requires(Tallies)
    def test_deleted_jobs_do_not_count(self, broker: Broker, queue: str, watch: Watch) -> None:
        broker.push_many([Job("Many") for _ in range(7)], queue)
        broker.delete_many(queue, watch.take_many(broker, queue, 3))

        if State.READY in broker.capabilities.counts:
            assert broker.counts(queue).ready == 4, f"4 of 7 jobs are left, counts() says {broker.counts(queue)}"

    @lacks(Tallies)
    def test_counts_is_refused_by_name(self, broker: Broker, queue: str) -> None:
        with pytest.raises(Unsupported, match="Tallies"):
            broker.counts(queue)


class Peeking:
    """`peek` looks at jobs without taking them, in the order in which they would leave their state."""

    @requires(Peeks)
    def test_each_job_is_seen_in_its_state_and_stays_there(
        self, broker: Broker, other: Broker, queue: str, watch: Watch
    ) -> None:
        jobs = one_of_each(broker, queue, watch)
        for _ in range(2):
            for state, job in jobs.items():
                seen = other.peek(queue, state, 10)
                assert [(one.id, one.state) for one in seen] == [(job.id, state)], f"peek at {state} jobs: {seen}"
        broker.delete(queue, jobs[State.RESERVED])
        assert watch.take(broker, queue).id == jobs[State.READY].id

    @requires(Peeks)
    def test_a_job_is_seen_whole(self, broker: Broker, queue: str, watch: Watch) -> None:
        broker.push(Job("Seen", ["é"], {"key": 1}), queue)
        broker.release(queue, watch.take(broker, queue))

        [seen] = broker.peek(queue, State.READY, 1)
        assert (seen.name, seen.args, seen.kwargs, seen.attempts) == ("Seen", ["é"], {"key": 1}, 1), (
            f"peek shows {seen}"
        )

    @requires(Peeks)
    def test_a_peeked_job_cannot_be_settled(self, broker: Broker, queue: str, watch: Watch) -> None:
        broker.push(Job("Held"), queue)
        job = watch.take(broker, queue)
        [seen] = broker.peek(queue, State.RESERVED, 1)

        with lease_lost(f"delete of job {job.id}, which was only looked at"):
            broker.delete(queue, seen)
        broker.delete(queue, job)

    @requires(Peeks)
    def test_it_shows_when_a_job_is_due(self, broker: Broker, queue: str) -> None:
        start = broker.clock.time()
        broker.later(HOLD, Job("Later"), queue)
        [seen] = broker.peek(queue, State.DELAYED, 1)

        assert seen.deadline is not None
        assert start + HOLD - 1 <= seen.deadline <= broker.clock.time() + HOLD + 1, f"it is due in {HOLD} s"

    @requires(Peeks)
    def test_it_shows_the_next_jobs_first_and_no_more_than_asked(self, broker: Broker, queue: str) -> None:
        for seconds in (300, 100, 200):
            broker.later(seconds, Job("Later", [seconds]), queue)

        seen = [job.args[0] for job in broker.peek(queue, State.DELAYED, 2)]
        assert seen == [100, 200], f"of jobs due in 300, 100 and 200 s, peek shows {seen} as the next two"

    @requires(Peeks)
    @pytest.mark.parametrize("arguments", [("gone", 1), ("ready", 0), ("ready", -1)], ids=str)
    def test_what_makes_no_sense_is_refused(self, broker: Broker, queue: str, arguments: tuple[str, int]) -> None:
        with pytest.raises(InvalidArgument):
            broker.peek(queue, *arguments)

    @lacks(Peeks)
    def test_peek_is_refused_by_name(self, broker: Broker, queue: str) -> None:
        with pytest.raises(Unsupported, match="Peeks"):
            broker.peek(queue, State.READY, 1)


class Listing:
    """`queues` names every queue that holds a job of any state."""

    @requires(Lists)
    def test_a_queue_is_listed_whatever_its_jobs_do(
        self, broker: Broker, other: Broker, new_queue: Callable[[str], str], watch: Watch
    ) -> None:
        delayed, reserved = new_queue("delayed"), new_queue("reserved")
        broker.later(HOLD, Job("Later"), delayed)
        broker.push(Job("Held"), reserved)
        watch.take(broker, reserved)
        expected = {delayed, reserved}
        if broker.supports(Buries):
            buried = new_queue("buried")
            broker.push(Job("Failed"), buried)
            broker.bury(buried, watch.take(broker, buried))
            expected.add(buried)

        missing = expected - set(other.queues())
        assert not missing, f"queues() leaves out {missing}, which hold a job each"

    @lacks(Lists)
    def test_queues_is_refused_by_name(self, broker: Broker) -> None:
        with pytest.raises(Unsupported, match="Lists"):
            broker.queues()


class Purging:
    """`purge` drops every job of one queue, of every state; whoever holds one finds the lease lost."""

    @requires(Purges)
    def test_nothing_is_left_of_any_state(
        self, broker: Broker, other: Broker, queue: str, harness: Harness, watch: Watch
    ) -> None:
        broker.later(2 * harness.lease, Job("Later"), queue)
        broker.push(Job("Forgotten"), queue)
        watch.take(broker, queue, 2 * harness.lease)
        one_of_each(broker, queue, watch)
        other.purge(queue)
        harness.elapse(2.1 * harness.lease + broker.limits.delay_step)

        watch.nothing(broker, queue, "its queue was purged")
        if broker.supports(Buries):
            assert broker.kick(queue, 10) == 0, "a buried job was left after purge"

    @requires(Purges)
    def test_the_holder_of_a_purged_job_finds_its_lease_lost(
        self, broker: Broker, other: Broker, queue: str, watch: Watch
    ) -> None:
        broker.push(Job("Held"), queue)
        job = watch.take(broker, queue)
        other.purge(queue)

        with lease_lost(f"release of job {job.id} after its queue was purged"):
            broker.release(queue, job)
        watch.nothing(broker, queue, "its queue was purged")

    @requires(Purges)
    def test_other_queues_are_left_alone_and_the_purged_one_can_be_used(
        self, broker: Broker, queue: str, new_queue: Callable[[str], str], watch: Watch
    ) -> None:
        kept = new_queue("kept")
        broker.push(Job("Kept"), kept)
        broker.push(Job("Purged"), queue)
        broker.purge(queue)
        broker.push(Job("New"), queue)

        assert watch.take(broker, kept).name == "Kept"
        assert watch.take(broker, queue).name == "New"

    @lacks(Purges)
    def test_purge_is_refused_by_name(self, broker: Broker, queue: str) -> None:
        with pytest.raises(Unsupported, match="Purges"):
            broker.purge(queue)
