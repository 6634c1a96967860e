"""Promise 10: what is pushed is what is handed out."""

from typing import Any

import pytest

from linda_core.broker import Broker
from linda_core.conformance.declared import requires
from linda_core.conformance.watch import Watch
from linda_core.driver import Order
from linda_core.job import Job
from linda_core.lifecycle import State

HARD_TEXT = "\x00 \x1f \\ \" ' \r\n \u2028 \ud7ff ﷺ 𝄞 👩‍👩‍👧‍👦 é \u0627 \ufeff"


class Roundtrip:
    """Any JSON arguments and any Unicode come out as they went in, with everything else that makes the job."""

    def test_a_job_comes_out_as_it_went_in(self, broker: Broker, queue: str, watch: Watch) -> None:
        job = Job("Report", ["daily", 7], {"to": "ops@example.org"})
        broker.push(job, queue)

        taken = watch.take(broker, queue)

        assert (taken.id, taken.name, list(taken.args), dict(taken.kwargs), taken.created_at) == (
            job.id,
            "Report",
            ["daily", 7],
            {"to": "ops@example.org"},
            job.created_at,
        )
        assert (taken.queue, taken.state, taken.attempts) == (queue, State.RESERVED, 1)

    @pytest.mark.parametrize(
        "argument",
        [
            pytest.param(None, id="null"),
            pytest.param("", id="empty text"),
            pytest.param(HARD_TEXT, id="hard text"),
            pytest.param([], id="empty list"),
            pytest.param({"": {"\n": [["x"]]}}, id="empty key"),
            pytest.param([True, False, 0, -1, 2**64, -(2**63), 1.5, 1e300, 5e-324], id="numbers"),
            pytest.param("a" * 20_000, id="long text"),
            pytest.param([[[[[[[[[["deep"]]]]]]]]]], id="deep list"),
        ],
    )
    def test_any_json_argument_survives(self, broker: Broker, queue: str, watch: Watch, argument: Any) -> None:
        broker.push(Job("Echo", [argument], {"named": argument}), queue)

        taken = watch.take(broker, queue)

        assert (list(taken.args), dict(taken.kwargs)) == ([argument], {"named": argument}), (
            "its arguments changed on the way"
        )

    @pytest.mark.parametrize("name", ["x", HARD_TEXT, "N" * 1000], ids=["short", "hard text", "long"])
    def test_any_job_name_and_id_survive(self, broker: Broker, queue: str, watch: Watch, name: str) -> None:
        broker.push(Job(name, id=name), queue)

        taken = watch.take(broker, queue)

        assert (taken.name, taken.id) == (name, name), "its name or id changed on the way"

    def test_a_job_can_be_pushed_on_as_it_was_taken(self, broker: Broker, queue: str, watch: Watch) -> None:
        broker.push(Job("Echo", [HARD_TEXT]), queue)
        first = watch.take(broker, queue)
        broker.delete(queue, first)
        broker.push(first, queue)

        second = watch.take(broker, queue)

        assert (second.id, list(second.args)) == (first.id, [HARD_TEXT])

    def test_a_deleted_job_is_gone(self, broker: Broker, other: Broker, queue: str, watch: Watch) -> None:
        broker.push(Job("Once"), queue)
        broker.delete(queue, watch.take(broker, queue))

        watch.nothing(other, queue, "it was deleted")

    def test_a_job_taken_for_good_is_gone_when_it_is_returned(
        self, broker: Broker, other: Broker, queue: str, watch: Watch
    ) -> None:
        broker.push(Job("Once"), queue)

        taken = watch.take(broker, queue, lease=0)

        assert taken.state is None, f"job {taken.id} was taken for good, but its state is {taken.state}"
        watch.nothing(other, queue, "it was taken for good")

    def test_an_empty_queue_gives_nothing(self, broker: Broker, queue: str, watch: Watch) -> None:
        watch.nothing(broker, queue, "nobody pushed one")

    @requires(order=Order.FIFO)
    def test_jobs_come_in_the_order_of_their_pushes(self, broker: Broker, queue: str, watch: Watch) -> None:
        for number in range(10):
            broker.push(Job("Ordered", [number]), queue)
        broker.push_many([Job("Ordered", [number]) for number in range(10, 30)], queue)

        taken = [watch.take(broker, queue) for _ in range(10)] + watch.take_many(broker, queue, 20)

        assert [job.args[0] for job in taken] == list(range(30)), "jobs were reordered, although order=fifo is declared"
