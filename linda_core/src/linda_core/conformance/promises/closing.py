"""Promise 14: closing."""

from math import inf

import pytest

from linda_core.broker import Broker
from linda_core.conformance.background import Background
from linda_core.conformance.harness import Harness
from linda_core.conformance.watch import HOLD, Watch
from linda_core.errors import BrokerClosed
from linda_core.job import Job


class Closing:
    """close() twice is fine; use after close raises; closing wakes a waiting pop, and loses nothing."""

    def test_closing_twice_is_fine(self, broker: Broker) -> None:
        broker.close()
        broker.close()

    def test_a_closed_broker_refuses_every_verb(self, broker: Broker, other: Broker, queue: str, watch: Watch) -> None:
        other.push(Job("Held"), queue)
        job = watch.take(broker, queue)
        broker.close()

        for call in (
            lambda: broker.push(Job("Late"), queue),
            lambda: broker.later(1, Job("Late"), queue),
            lambda: broker.pop(queue, HOLD),
            lambda: broker.delete(queue, job),
            lambda: broker.release(queue, job),
            lambda: broker.migrate_expired_jobs(queue),
            broker.wake,
        ):
            with pytest.raises(BrokerClosed):
                call()

    @pytest.mark.parametrize("pops", [1, 5])
    def test_closing_wakes_waiting_pops(self, broker: Broker, queue: str, pops: int) -> None:
        waiting = [Background(lambda: broker.pop(queue, HOLD, wait=inf)) for _ in range(pops)]
        waiting[-1].pause()
        closing = Background(broker.close)

        closing.result("close() did not return while a pop was waiting")
        for pop in waiting:
            assert pop.result("a pop went on waiting on a closed broker") is None

    def test_closing_one_broker_leaves_the_others_and_the_jobs_alone(
        self, broker: Broker, other: Broker, queue: str, watch: Watch
    ) -> None:
        broker.push_many([Job("Kept") for _ in range(3)], queue)
        waiting = Background(lambda: other.pop(f"{queue}.x", HOLD, wait=HOLD))
        waiting.pause()
        broker.close()
        assert not waiting.done, "closing one broker ended a pop of another"
        other.wake()
        waiting.result("wake did not end a waiting pop")

        watch.take_many(other, queue, 3)

    def test_what_was_reserved_when_a_broker_closed_comes_back(
        self, broker: Broker, other: Broker, queue: str, harness: Harness, watch: Watch
    ) -> None:
        other.push(Job("Held"), queue)
        at_once = broker.capabilities.returns_at_once
        due = watch.now() + (0 if at_once else harness.lease)
        job = watch.take(broker, queue, harness.lease)
        broker.close()

        assert watch.comes(other, queue, due).id == job.id

    def test_a_push_during_close_is_kept_or_refused(
        self, broker: Broker, other: Broker, queue: str, watch: Watch
    ) -> None:
        accepted: list[str] = []

        def produce() -> None:
            while True:
                job = Job("Kept")
                broker.push(job, queue)
                accepted.append(job.id)

        producers = [Background(produce) for _ in range(3)]
        producers[-1].pause(0.02)
        broker.close()
        for producer in producers:
            with pytest.raises(BrokerClosed):
                producer.result("a producer went on pushing through a closed broker")

        taken = {job.id for job in watch.take_many(other, queue, len(accepted))}
        lost = set(accepted) - taken
        assert not lost, f"{len(lost)} of {len(accepted)} jobs whose push returned while the broker closed are gone"
