"""Promises 2, 3 and 6 under load: many producers and consumers at once."""

import random
import threading
from collections import Counter

import pytest

from linda_core.broker import Broker
from linda_core.conformance import background
from linda_core.conformance.background import Background
from linda_core.conformance.harness import Harness
from linda_core.conformance.ledger import Ledger
from linda_core.conformance.watch import HOLD, Watch
from linda_core.driver import Buries
from linda_core.errors import LeaseLost
from linda_core.job import Job


class Consumer:
    """Takes jobs until all are done; some it deletes, some it gives back, buries or forgets."""

    def __init__(self, broker: Broker, queue: str, ledger: Ledger, harness: Harness, seed: int) -> None:
        self._broker = broker
        self._queue = queue
        self._ledger = ledger
        self._lease = harness.lease
        self._dice = random.Random(seed)

    def work(self, number: int, over: threading.Event) -> None:
        """Until `number` jobs are done, by whomever."""
        while len(self._ledger.done) < number and not over.is_set():
            fate = self._fate()
            asked = self._broker.clock.monotonic()
            lease = self._lease if fate == "forget" else HOLD
            for job in self._broker.pop_many(self._queue, lease, self._dice.choice((1, 5)), wait=self._lease / 4):
                self._ledger.taken(job, asked, self._broker.clock.monotonic())
                try:
                    self._meet(fate, job)
                except LeaseLost:
                    self._ledger.was_robbed(job)

    def _fate(self) -> str:
        fates = {"delete": 70, "release": 10, "delay": 10, "forget": 5, "bury": 5 * self._broker.supports(Buries)}
        return self._dice.choices(list(fates), list(fates.values()))[0]

    def _meet(self, fate: str, job: Job) -> None:
        if fate == "forget":
            return
        self._ledger.lets_go(job)
        if fate == "delete":
            self._broker.delete(self._queue, job)
            self._ledger.was_deleted(job)
        elif fate == "release":
            self._broker.release(self._queue, job)
        elif fate == "delay":
            self._broker.release_with_delay(self._queue, job, self._broker.limits.delay_step)
        else:
            self._broker.bury(self._queue, job, "unlucky")
            self._broker.kick(self._queue, 1)


@pytest.mark.linda_thorough
class Crowds:
    """However many producers and consumers there are: none lost, one holder at a time, twice only after an expiry."""

    def test_every_job_is_done_once(
        self, broker: Broker, other: Broker, queue: str, harness: Harness, soak: int
    ) -> None:
        each, ledger, over = 100 * soak, Ledger(), threading.Event()

        def produce(by: Broker) -> list[str]:
            jobs = [Job("Crowd") for _ in range(each)]
            for start in range(0, each, 7):
                by.push_many(jobs[start : start + 7], queue)
            return [job.id for job in jobs]

        def pass_time() -> None:
            while not over.wait(0.001):
                harness.elapse(harness.lease / 10)

        try:
            timekeeper = Background(pass_time)
            producers = [Background(lambda by=by: produce(by)) for by in (broker, other) * 2]  # type: ignore[misc]
            crowd = [Consumer(by, queue, ledger, harness, seed) for seed, by in enumerate((broker, other) * 3)]
            consumers = [Background(lambda one=one: one.work(4 * each, over)) for one in crowd]  # type: ignore[misc]
            pushed = [identity for producer in producers for identity in producer.result("a producer got stuck")]
            for consumer in consumers:
                consumer.result(f"not every one of {len(pushed)} jobs came to a consumer", 2 * background.STUCK * soak)
        finally:
            over.set()
        timekeeper.result("time stood still")

        assert not ledger.broken, ledger.broken[0]
        assert ledger.done == Counter(pushed), "a job was deleted twice, or one that nobody had pushed"

    def test_completing_races_expiring(
        self, broker: Broker, other: Broker, queue: str, harness: Harness, watch: Watch, soak: int
    ) -> None:
        rounds, jobs = (50, 20) if harness.alone else (2, 100)
        head_start = min(harness.lease / 4, 0.03)

        def expire() -> set[str]:
            harness.elapse(head_start)
            return {job.id for job in watch.drain(other, queue)}

        for _ in range(rounds * soak):
            pushed = [Job("Raced") for _ in range(jobs)]
            broker.push_many(pushed, queue)
            held = watch.take_many(broker, queue, jobs, harness.lease)
            harness.elapse(harness.lease - head_start)
            expiring = Background(expire)
            deleted = {job.id for job in held if _delete(broker, queue, job)}
            again = expiring.result("popping got stuck beside deleting")
            harness.elapse(head_start)
            again |= {job.id for job in watch.drain(other, queue, jobs - len(deleted) - len(again))}

            assert not deleted & again, "a job was handed out again, although its delete had been accepted"
            lost = {job.id for job in pushed} - deleted - again
            assert not lost, f"job {min(lost)} is gone: its delete was refused, and nobody else was given it"


def _delete(broker: Broker, queue: str, job: Job) -> bool:
    """Whether the delete was accepted."""
    try:
        broker.delete(queue, job)
    except LeaseLost:
        return False
    return True
