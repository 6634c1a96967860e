"""Promises 2, 5, 7 and 8 when processes are killed at any instruction, without warning."""

import random
from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest

from linda_core.broker import Broker
from linda_core.conformance.crime import Victim
from linda_core.conformance.declared import requires
from linda_core.conformance.harness import Harness
from linda_core.conformance.watch import Watch
from linda_core.driver import Buries, LeaseSource
from linda_core.job import Job

Start = Callable[[str, str], Victim]


@requires(shared=True)
@pytest.mark.linda_thorough
class Crashes:
    """No crash of a worker, at any instruction, loses a job, gives it to two, or forgets how often it was tried."""

    @pytest.fixture
    def start(self, harness: Harness) -> Iterator[Start]:
        """Starts a process at one of `linda_core.conformance.victim.STEPS`."""
        if harness.alone:
            pytest.skip(f"harness: {harness.alone}")
        with ExitStack() as victims:

            def start(queue: str, step: str) -> Victim:
                return victims.enter_context(Victim(harness.url, queue, step, harness.lease))

            yield start

    def test_a_job_comes_back_when_its_holder_was_killed(
        self, broker: Broker, start: Start, queue: str, harness: Harness, watch: Watch
    ) -> None:
        broker.push(Job("Killed"), queue)
        earliest = watch.now() + (0 if broker.capabilities.returns_at_once else harness.lease)
        victim = start(queue, "hold")
        held = victim.says()
        victim.kill()

        back = watch.comes(broker, queue, earliest)
        assert back.id == held, f"job {held} was held by a killed process, job {back.id} came back"
        assert back.attempts == 2, f"job {held} was handed out twice, it says {back.attempts}"

    def test_a_job_tells_how_many_holders_in_a_row_were_killed(
        self, broker: Broker, start: Start, queue: str, harness: Harness, watch: Watch
    ) -> None:
        broker.push(Job("Deadly"), queue)
        for _ in range(2):
            victim = start(queue, "hold")
            victim.says()
            victim.kill()

        harness.elapse(harness.lease)
        lapses = watch.take(broker, queue).lapses
        assert lapses == 2, f"two holders were killed, and the job tells of {lapses}: it would kill workers for ever"

    @requires(lease=(LeaseSource.RESERVE, LeaseSource.PUSH, LeaseSource.CONNECTION))
    def test_a_frozen_holder_loses_its_job_and_finds_out(
        self, broker: Broker, start: Start, queue: str, harness: Harness, watch: Watch
    ) -> None:
        broker.push(Job("Frozen"), queue)
        due = watch.now() + harness.lease
        victim = start(queue, "dawdle")
        held = victim.says()
        victim.freeze()
        back = watch.comes(broker, queue, due)
        victim.thaw()
        victim.hears("delete it now")

        assert back.id == held
        assert victim.says() == "lost", f"job {held} was deleted by a holder whose lease was over"
        broker.delete(queue, back)

    def test_what_was_accepted_before_the_crash_is_kept(
        self, broker: Broker, start: Start, queue: str, watch: Watch, dice: random.Random
    ) -> None:
        accepted = start(queue, "push").kill_within(0.2, dice)
        kept = [job.id for job in watch.drain(broker, queue, len(accepted))]

        lost = accepted - set(kept)
        assert not lost, f"{len(lost)} of {len(accepted)} jobs are gone, although their push had returned"
        assert len(kept) == len(set(kept)), "a push that was cut off by a crash left a job twice"

    def test_a_crash_between_deletes_loses_nothing_and_brings_nothing_back(
        self, broker: Broker, start: Start, queue: str, harness: Harness, watch: Watch, dice: random.Random
    ) -> None:
        pushed = {job.id for job in _push(broker, queue, 1000)}
        deleted = start(queue, "delete").kill_within(0.1, dice)
        harness.elapse(harness.lease * 1.1)
        kept = {job.id for job in watch.drain(broker, queue)}

        assert not deleted & kept, f"{len(deleted & kept)} jobs came back, although their delete had returned"
        # The last call may have been done without its answer having been heard.
        lost = pushed - deleted - kept
        assert len(lost) <= 20, f"{len(lost)} jobs are gone, although nobody deleted them"

    def test_a_crash_between_release_bury_and_kick_loses_nothing(
        self, broker: Broker, start: Start, queue: str, harness: Harness, watch: Watch, dice: random.Random
    ) -> None:
        pushed = sorted(job.id for job in _push(broker, queue, 50))
        for _ in range(3):
            start(queue, "juggle").kill_within(0.1, dice)
        harness.elapse(harness.lease * 1.1 + broker.limits.delay_step)
        if broker.supports(Buries):
            broker.kick(queue, 50)

        kept = sorted(job.id for job in watch.drain(broker, queue, len(pushed)))
        assert kept == pushed, f"of {len(pushed)} jobs, {len(set(kept))} are left after the crashes, {len(kept)} in all"

    def test_a_crash_while_migrating_loses_nothing_and_doubles_nothing(
        self, broker: Broker, start: Start, queue: str, harness: Harness, watch: Watch, dice: random.Random
    ) -> None:
        victims = [start(queue, "migrate") for _ in range(3)]
        pushed = sorted(job.id for job in _push(broker, queue, 1000, delay=harness.lease))
        harness.elapse(harness.lease)
        for victim in victims:
            victim.kill_within(0.02, dice)
        harness.elapse(broker.limits.delay_step)

        kept = sorted(job.id for job in watch.drain(broker, queue, len(pushed)))
        assert kept == pushed, f"of {len(pushed)} jobs, {len(set(kept))} are left after the crashes, {len(kept)} in all"

    def test_every_job_is_done_however_many_workers_are_killed(
        self, broker: Broker, start: Start, queue: str, harness: Harness, watch: Watch, dice: random.Random, soak: int
    ) -> None:
        pushed = {job.id for job in _push(broker, queue, 2000 * soak)}
        done: set[str] = set()
        for _ in range(4 * soak):
            done |= start(queue, "work").kill_within(0.1, dice)
        harness.elapse(harness.lease * 1.1)
        done |= {job.id for job in watch.drain(broker, queue, len(pushed - done))}

        assert done >= pushed, f"{len(pushed - done)} of {len(pushed)} jobs were never run: a killed worker lost them"


def _push(broker: Broker, queue: str, number: int, delay: float = 0) -> list[Job]:
    jobs = [Job("Kept") for _ in range(number)]
    broker.push_many(jobs, queue, delay=delay)
    return jobs
