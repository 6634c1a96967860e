"""Promise 15: what a broker cannot do, it says, with numbers."""

from math import inf, isfinite

import pytest

from linda_core import envelope
from linda_core.broker import Broker
from linda_core.conformance.declared import bounded
from linda_core.conformance.harness import Harness
from linda_core.conformance.silence import Silence
from linda_core.conformance.watch import HOLD, Watch
from linda_core.errors import InvalidArgument, LimitExceeded
from linda_core.job import Job

YEAR = 366 * 86400.0
#: Bodies longer than this, in bytes, are not tried: a test should not need the memory.
AFFORDABLE = 64 * 2**20


def job_of(size: float, queue: str) -> Job:
    """A job whose envelope is exactly `size` bytes long."""
    job = Job("Big", [""])
    job.args = ["x" * (int(size) - len(envelope.encode(job, queue)))]
    return job


class Limits:
    """Exactly at a declared limit all is well; one beyond raises LimitExceeded, before any I/O. Nothing is clamped."""

    @bounded("body")
    def test_a_body_of_the_longest_length_is_carried(self, broker: Broker, queue: str, watch: Watch) -> None:
        job = job_of(_affordable(broker), queue)
        broker.push(job, queue)

        taken = watch.take(broker, queue)
        assert taken.args == job.args, f"{len(job.args[0])} bytes went in, {len(taken.args[0])} came out"

    @bounded("body")
    def test_a_body_one_byte_longer_is_refused_before_any_io(self, silence: Silence, queue: str, watch: Watch) -> None:
        limit = _affordable(silence.broker)
        job = job_of(limit + 1, queue)

        with silence(), pytest.raises(LimitExceeded, match=rf"{limit + 1:.0f}.*{limit:.0f}"):
            silence.broker.push(job, queue)
        watch.nothing(silence.broker, queue, "its push was refused")

    def test_a_body_of_a_megabyte_is_carried_or_refused(self, broker: Broker, queue: str, watch: Watch) -> None:
        job = job_of(2**20, queue)
        if broker.limits.body < 2**20:
            with pytest.raises(LimitExceeded):
                broker.push(job, queue)
            watch.nothing(broker, queue, "its push was refused")
        else:
            broker.push(job, queue)
            assert watch.take(broker, queue).args == job.args

    @pytest.mark.parametrize("delay", [0.001, 60.0, YEAR], ids=["1 ms", "1 min", "1 year"])
    def test_any_delay_up_to_a_year_is_kept_or_refused(
        self, broker: Broker, queue: str, watch: Watch, delay: float
    ) -> None:
        if delay > broker.limits.delay:
            with pytest.raises(LimitExceeded):
                broker.later(delay, Job("Later"), queue)
        else:
            due = watch.now() + delay
            broker.later(delay, Job("Later"), queue)
            if delay < 1:
                watch.comes(broker, queue, due)
        watch.nothing(broker, queue, f"it is delayed by {delay} s, or its push was refused")

    @bounded("delay")
    def test_the_longest_delay_is_kept(self, broker: Broker, queue: str, watch: Watch) -> None:
        broker.later(broker.limits.delay, Job("Later"), queue)

        watch.nothing(broker, queue, f"it is delayed by {broker.limits.delay} s")

    @bounded("delay")
    def test_a_longer_delay_is_refused_before_any_io(self, silence: Silence, queue: str, watch: Watch) -> None:
        broker = silence.broker
        beyond = broker.limits.delay + max(1, broker.limits.delay_step)
        with silence(), pytest.raises(LimitExceeded, match="delay"):
            broker.later(beyond, Job("Later"), queue)

        broker.push(Job("Again"), queue)
        job = watch.take(broker, queue)
        with silence(), pytest.raises(LimitExceeded, match="delay"):
            broker.release_with_delay(queue, job, beyond)
        broker.delete(queue, job)

    def test_the_shortest_lease_is_whole(self, broker: Broker, other: Broker, queue: str, watch: Watch) -> None:
        broker.push(Job("Brief"), queue)
        due = watch.now() + broker.limits.lease_step
        job = watch.take(broker, queue, broker.limits.lease_step / 2)

        assert job.timeout == broker.limits.lease_step, (
            f"a lease of half a step became {job.timeout} s, not {broker.limits.lease_step}"
        )
        watch.comes(other, queue, due)

    @pytest.mark.parametrize("lease", [3600.0, 86400.0, YEAR], ids=["1 hour", "1 day", "1 year"])
    def test_any_lease_is_kept_or_refused(self, broker: Broker, queue: str, watch: Watch, lease: float) -> None:
        broker.push(Job("Held"), queue)
        if lease > broker.limits.lease:
            with pytest.raises(LimitExceeded):
                broker.pop(queue, lease)
            watch.take(broker, queue)
        else:
            watch.take(broker, queue, lease)
        watch.nothing(broker, queue, "it is held")

    @bounded("lease")
    def test_the_longest_lease_is_kept(self, broker: Broker, queue: str, watch: Watch) -> None:
        broker.push(Job("Held"), queue)
        watch.take(broker, queue, broker.limits.lease)

        watch.nothing(broker, queue, f"its lease is {broker.limits.lease} s")

    @bounded("lease")
    def test_a_longer_lease_is_refused_before_any_io(self, silence: Silence, queue: str, watch: Watch) -> None:
        broker = silence.broker
        job = Job("Held")
        broker.push(job, queue)

        with silence(), pytest.raises(LimitExceeded, match="timeout"):
            broker.pop(queue, broker.limits.lease + 1)
        assert watch.take(broker, queue).id == job.id

    @bounded("hold")
    def test_a_job_is_held_no_longer_than_declared(
        self, broker: Broker, other: Broker, queue: str, harness: Harness, watch: Watch
    ) -> None:
        if broker.limits.hold > 10 and not harness.alone:
            pytest.skip(f"declared: hold={broker.limits.hold} s, which is too long to wait for")
        broker.push(Job("Held"), queue)
        start = watch.now()
        watch.take(broker, queue, min(HOLD, broker.limits.lease))

        watch.comes(other, queue, start + min(broker.limits.hold, HOLD))

    @pytest.mark.parametrize("seconds", [-1, inf, float("nan"), "60"])
    def test_what_is_no_duration_is_refused_before_any_io(self, silence: Silence, queue: str, seconds: float) -> None:
        with silence():
            with pytest.raises(InvalidArgument, match="delay"):
                silence.broker.later(seconds, Job("Later"), queue)
            with pytest.raises(InvalidArgument, match="timeout"):
                silence.broker.pop(queue, seconds)

    def test_more_jobs_than_one_call_takes_are_split(self, broker: Broker, queue: str, watch: Watch) -> None:
        number = broker.limits.batch + 1
        jobs = [Job("Many", [place]) for place in range(number)]
        broker.push_many(jobs, queue)

        taken = watch.take_many(broker, queue, number)
        broker.delete_many(queue, taken)

        assert {job.id for job in taken} == {job.id for job in jobs}, "not every job of a large batch came out"
        watch.nothing(broker, queue, "it was deleted in a large batch")

    def test_every_declared_number_makes_sense(self, broker: Broker) -> None:
        limits = broker.limits

        assert isfinite(limits.delay_step)
        assert 0 < limits.delay_step <= limits.delay
        assert 0 < limits.lease_step <= limits.lease
        assert limits.batch >= 1
        assert limits.body >= 1000, "a broker that cannot carry a kilobyte is of no use"


def _affordable(broker: Broker) -> float:
    if broker.limits.body > AFFORDABLE:
        pytest.skip(f"declared: body={broker.limits.body:.0f} bytes, which is more than a test should need")
    return broker.limits.body
