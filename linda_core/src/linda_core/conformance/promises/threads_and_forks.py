"""Promise 12: threads and forks."""

import os
import warnings
from collections.abc import Callable
from math import inf

import pytest

from linda_core.broker import Broker
from linda_core.conformance.background import Background
from linda_core.conformance.declared import requires
from linda_core.conformance.harness import Harness
from linda_core.conformance.watch import HOLD, Watch
from linda_core.errors import BrokerUnavailable
from linda_core.job import Job


class Threads:
    """A Broker may be used from many threads; a pop that waits never holds up another thread's call."""

    def test_a_waiting_pop_holds_up_no_other_call(
        self, broker: Broker, queue: str, new_queue: Callable[[str], str], watch: Watch
    ) -> None:
        waiting = Background(lambda: broker.pop(new_queue("quiet"), HOLD, wait=inf))
        waiting.pause()

        def others() -> None:
            broker.push(Job("Busy"), queue)
            broker.release(queue, watch.take(broker, queue))
            broker.later(HOLD, Job("Later"), queue)
            broker.migrate_expired_jobs(queue)
            broker.delete(queue, watch.take(broker, queue))

        Background(others).result("a waiting pop held up the calls of another thread")
        assert not waiting.done
        broker.wake()
        waiting.result("wake did not end a waiting pop")

    def test_a_job_can_be_settled_by_another_thread(self, broker: Broker, queue: str, watch: Watch) -> None:
        broker.push_many([Job("Moved"), Job("Moved")], queue)
        first, second = watch.take_many(broker, queue, 2)

        Background(lambda: broker.delete(queue, first)).result("delete got stuck in another thread")
        Background(lambda: broker.release(queue, second)).result("release got stuck in another thread")
        assert watch.take(broker, queue).id == second.id

    def test_many_threads_share_one_broker(self, broker: Broker, queue: str) -> None:
        def work(thread: int) -> list[str]:
            mine: list[str] = []
            for number in range(20):
                broker.push(Job("Shared", [thread, number]), queue)
                job = broker.pop(queue, HOLD, wait=HOLD)
                assert job is not None
                broker.delete(queue, job)
                mine.append(job.id)
            return mine

        threads = [Background(lambda thread=thread: work(thread)) for thread in range(8)]  # type: ignore[misc]
        ids = [identity for thread in threads for identity in thread.result("threads on one broker got stuck")]
        assert len(set(ids)) == 160, f"160 jobs were pushed and deleted by 8 threads, {len(set(ids))} of them different"


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this platform has no fork")
class Forks:
    """A forked child never shares its parent's socket: its first call opens one of its own."""

    @requires(shared=True)
    def test_parent_and_child_use_the_same_broker_at_once(
        self, broker: Broker, queue: str, harness: Harness, watch: Watch
    ) -> None:
        if harness.alone:
            pytest.skip(f"harness: {harness.alone}")
        broker.push(Job("Before"), queue)
        before = watch.take(broker, queue)

        def child() -> None:
            for number in range(50):
                broker.push(Job("Child", [number]), queue)

        pid = fork(child)
        for number in range(50):
            broker.push(Job("Parent", [number]), queue)
        assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0, "a forked child could not use its parent's broker"
        broker.delete(queue, before)

        taken = watch.take_many(broker, queue, 100)
        assert sorted((job.name, job.args[0]) for job in taken) == [
            (name, number) for name in ("Child", "Parent") for number in range(50)
        ]

    def test_a_child_that_ends_does_not_end_its_parents_connection(
        self, broker: Broker, queue: str, watch: Watch
    ) -> None:
        broker.push(Job("Held"), queue)
        job = watch.take(broker, queue)
        pid = fork(broker.close)
        os.waitpid(pid, 0)

        broker.delete(queue, job)
        watch.nothing(broker, queue, "it was deleted")

    @requires(shared=False)
    def test_a_broker_of_one_process_says_so_in_a_forked_child(self, broker: Broker, queue: str) -> None:
        def child() -> None:
            with pytest.raises(BrokerUnavailable, match="process"):
                broker.push(Job("Lost"), queue)

        assert os.waitstatus_to_exitcode(os.waitpid(fork(child), 0)[1]) == 0, (
            "a forked child used a copy of its parent's memory, where nobody will see its jobs"
        )


def fork(child: Callable[[], object]) -> int:
    """Run `child` in a forked process that ends without cleaning up. Returns its id."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # of forking beside threads, which programs do
        pid = os.fork()
    if pid:
        return pid
    code = 1
    try:
        child()
        code = 0
    finally:
        os._exit(code)
