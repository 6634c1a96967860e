"""Promise 9: waiting is cheap and prompt."""

import gc
import time
from collections.abc import Callable
from math import inf
from typing import Any

import pytest

from linda_core.broker import Broker
from linda_core.conformance.background import Background
from linda_core.conformance.declared import requires
from linda_core.conformance.harness import Harness
from linda_core.conformance.promises.burying import buried
from linda_core.conformance.watch import HOLD, Watch
from linda_core.driver import Buries
from linda_core.job import Job


class Waiting:
    """`pop(..., wait=30)` on an empty queue does not spin, and a push wakes it in milliseconds."""

    @pytest.mark.parametrize("wait", [HOLD, inf])
    def test_a_push_wakes_a_waiting_pop(self, broker: Broker, other: Broker, queue: str, wait: float) -> None:
        waiting = Background(lambda: broker.pop(queue, HOLD, wait=wait))
        waiting.pause()
        job = Job("Awaited")
        other.push(job, queue)

        taken = waiting.result("a push did not wake a waiting pop")
        assert taken is not None, "a waiting pop was woken by a push, and returned nothing"
        assert taken.id == job.id

    def test_hand_over_takes_no_polling_interval(self, broker: Broker, other: Broker, queue: str) -> None:
        def consume() -> list[int]:
            numbers: list[int] = []
            while len(numbers) < 20:
                for job in broker.pop_many(queue, HOLD, 1, wait=HOLD):
                    broker.delete(queue, job)
                    numbers.append(job.args[0])
                    other.push(Job("Answer"), f"{queue}.answers")
            return numbers

        consumer = Background(consume)
        start = time.monotonic()
        for number in range(20):
            other.push(Job("Question", [number]), queue)
            answer = Background(lambda: other.pop(f"{queue}.answers", 0, wait=HOLD))
            assert answer.result("a push did not wake a waiting pop") is not None
            took = time.monotonic() - start
            assert took < 4, f"{2 * number + 2} pushes took {took:.1f} s to wake a waiting pop: that is polling"

        assert consumer.result("the consumer did not end") == list(range(20))

    def test_a_release_wakes_a_waiting_pop(self, broker: Broker, other: Broker, queue: str, watch: Watch) -> None:
        broker.push(Job("Again"), queue)
        job = watch.take(broker, queue)
        waiting = Background(lambda: other.pop(queue, HOLD, wait=HOLD))
        waiting.pause()
        broker.release(queue, job)

        assert waiting.result("a release did not wake a waiting pop") is not None

    @requires(Buries)
    def test_a_kick_wakes_a_waiting_pop(self, broker: Broker, other: Broker, queue: str, watch: Watch) -> None:
        buried(broker, queue, watch, 1)
        waiting = Background(lambda: other.pop(queue, HOLD, wait=HOLD))
        waiting.pause()
        broker.kick(queue, 1)

        assert waiting.result("a kick did not wake a waiting pop") is not None

    def test_a_waiting_pop_gets_a_delayed_job_when_it_is_due(
        self, broker: Broker, other: Broker, queue: str, harness: Harness, watch: Watch
    ) -> None:
        due = watch.now() + harness.lease
        waiting = Background(lambda: (other.pop(queue, HOLD, wait=HOLD), watch.now()))
        waiting.pause()
        broker.later(harness.lease, Job("Later"), queue)
        self._pass(harness, waiting)

        job, came = waiting.result("a delayed job became due, and a waiting pop did not get it")
        assert job is not None
        assert came >= due - 1e-6, f"job {job.id} was handed to a waiting pop {due - came:.3f} s early"

    def test_a_waiting_pop_gets_a_job_whose_lease_is_over(
        self, broker: Broker, other: Broker, queue: str, harness: Harness, watch: Watch
    ) -> None:
        broker.push(Job("Forgotten"), queue)
        due = watch.now() + harness.lease
        watch.take(broker, queue, harness.lease)
        waiting = Background(lambda: (other.pop(queue, HOLD, wait=HOLD), watch.now()))
        waiting.pause()
        self._pass(harness, waiting)

        job, came = waiting.result("a lease was over, and a waiting pop did not get the job")
        assert job is not None
        assert came >= due - 1e-6, f"job {job.id} was handed to a waiting pop while its lease ran"

    def _pass(self, harness: Harness, waiting: Background[Any]) -> None:
        """A lease's time passes, with a stop shortly before its end."""
        harness.elapse(0.95 * harness.lease)
        waiting.pause()
        harness.elapse(0.05 * harness.lease)

    def test_waiting_ends_when_it_was_to_end(self, broker: Broker, queue: str, harness: Harness, watch: Watch) -> None:
        start = watch.now()
        waiting = Background(lambda: (broker.pop(queue, HOLD, wait=harness.lease), watch.now()))
        while not waiting.done and watch.now() < start + HOLD:
            harness.elapse(harness.lease / 4)
            waiting.pause(0.001)

        job, ended = waiting.result("a pop waited longer than it was told to")
        assert job is None
        assert ended >= start + harness.lease - 0.005, f"a pop returned nothing after {ended - start:.3f} s of its wait"

    def test_waiting_does_not_spin(self, broker: Broker, queue: str) -> None:
        waiting = Background(lambda: broker.pop(queue, HOLD, wait=HOLD))
        waiting.pause()
        gc.disable()  # what the tests before have left to collect is not the broker's doing
        start = time.process_time()
        waiting.pause(0.4)
        busy = (time.process_time() - start) / 0.4
        gc.enable()
        broker.wake()
        waiting.result("wake did not end a waiting pop")

        assert busy < 0.1, f"a waiting pop keeps a processor busy for {busy:.0%} of the time"

    def test_wake_makes_waiting_pops_return(self, broker: Broker, other: Broker, queue: str) -> None:
        waiting = [Background(lambda: broker.pop(queue, HOLD, wait=inf)) for _ in range(3)]
        waiting[-1].pause()
        broker.wake()

        for pop in waiting:
            assert pop.result("wake did not end a waiting pop") is None
        after = Background(lambda: broker.pop(queue, HOLD, wait=HOLD))
        after.pause()
        other.push(Job("Kept"), queue)
        assert after.result("a push did not wake a waiting pop") is not None, (
            "after a wake(), pops do not wait any more"
        )

    def test_every_waiting_pop_gets_a_job_of_its_own(self, broker: Broker, other: Broker, queue: str) -> None:
        waiting = [Background(lambda: broker.pop(queue, HOLD, wait=HOLD)) for _ in range(4)]
        waiting += [Background(lambda: other.pop(queue, HOLD, wait=HOLD)) for _ in range(4)]
        waiting[-1].pause()
        jobs = [Job("Awaited") for _ in waiting]
        broker.push_many(jobs[:3], queue)
        for job in jobs[3:]:
            other.push(job, queue)

        taken = [pop.result("jobs were ready, and a pop went on waiting") for pop in waiting]
        assert sorted(job.id for job in taken if job) == sorted(job.id for job in jobs)

    def test_a_pop_waits_for_several_queues(
        self, broker: Broker, other: Broker, queue: str, new_queue: Callable[[str], str]
    ) -> None:
        elsewhere = new_queue("second")
        for pushed in (queue, elsewhere):
            waiting = Background(lambda: broker.pop([queue, elsewhere], HOLD, wait=HOLD))
            waiting.pause()
            other.push(Job("Awaited"), pushed)

            job = waiting.result(f"a push to {pushed!r} did not wake a pop that waits for it")
            assert job is not None
            assert job.queue == pushed
