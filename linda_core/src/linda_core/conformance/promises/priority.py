"""Priority, where a broker declares it."""

import pytest

from linda_core.broker import Broker
from linda_core.conformance.declared import lacks, requires
from linda_core.conformance.harness import Harness
from linda_core.conformance.silence import Silence
from linda_core.conformance.watch import Watch
from linda_core.errors import InvalidArgument, Unsupported
from linda_core.job import Job

LEAST = 2**32 - 1


class Priority:
    """Among ready jobs the most urgent goes out first, if the broker declares priority; if not, it refuses one."""

    @requires(priority=True)
    def test_the_most_urgent_job_goes_first(self, broker: Broker, queue: str, watch: Watch) -> None:
        for priority in (LEAST, 100, 0, 2**31, 99):
            broker.push(Job("Ranked", [priority]), queue, priority=priority)
        broker.push(Job("Ranked", [65536]), queue)

        order = [watch.take(broker, queue).args[0] for _ in range(6)]

        assert order == sorted(order), f"jobs of these priorities went out in this order: {order}"

    @requires(priority=True)
    def test_a_released_job_keeps_its_priority(self, broker: Broker, queue: str, watch: Watch) -> None:
        broker.push(Job("Normal"), queue)
        broker.push(Job("Urgent"), queue, priority=1)
        broker.release_many(queue, watch.take_many(broker, queue, 2))

        assert watch.take(broker, queue).name == "Urgent", "releasing a job took its priority away"

    @requires(priority=True)
    def test_a_delayed_job_keeps_its_priority(self, broker: Broker, queue: str, harness: Harness, watch: Watch) -> None:
        broker.push(Job("Normal"), queue)
        broker.later(harness.lease, Job("Urgent"), queue, priority=1)
        harness.elapse(harness.lease + broker.limits.delay_step)

        assert watch.take(broker, queue).name == "Urgent", "a delay took the job's priority away"

    @requires(priority=True)
    @pytest.mark.parametrize("priority", [-1, 2**32, 1.5])
    def test_what_is_no_priority_is_refused(self, broker: Broker, queue: str, priority: int) -> None:
        with pytest.raises(InvalidArgument, match=str(priority)):
            broker.push(Job("Ranked"), queue, priority=priority)

    @lacks(priority=True)
    def test_a_priority_is_refused_by_name_before_any_io(self, silence: Silence, queue: str) -> None:
        with silence(), pytest.raises(Unsupported, match="priorit"):
            silence.broker.push(Job("Ranked"), queue, priority=0)
