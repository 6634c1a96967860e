"""One worker may serve several queues, in order of priority."""

import threading

from linda_core import Job
from tests.dispatch.conftest import MakeProgram
from tests.dispatch.program import PATIENCE


def test_the_first_queue_is_served_before_the_second(program: MakeProgram) -> None:
    one = program(queue=["urgent", "normal", "idle"])
    order: list[str] = []
    entered, leave = threading.Event(), threading.Event()

    def work(job: Job) -> None:
        order.append(job.queue)
        entered.set()
        leave.wait(PATIENCE)

    one.app.register_workers("Work", work)
    one.start()
    one.broker.push(Job("Work"), "idle")
    assert entered.wait(PATIENCE)
    for queue in ("idle", "normal", "urgent", "normal", "urgent"):
        one.broker.push(Job("Work"), queue)
    leave.set()
    one.eventually(lambda: len(order) == 6)

    assert order == ["idle", "urgent", "urgent", "normal", "normal", "idle"]
    one.eventually(lambda: all(one.broker.counts(queue) == (0, 0, 0, 0) for queue in one.app.settings.queues))


def test_what_goes_wrong_in_each_queue_stays_in_it(program: MakeProgram) -> None:
    one = program(queue=["left", "right"], max_attempts=1)

    def fails(_job: Job) -> None:
        raise ValueError

    one.app.register_workers("Fails", fails)
    one.start()
    for queue in ("left", "right", "right"):
        one.broker.push(Job("Fails"), queue)

    one.eventually(lambda: (one.broker.counts("left").buried, one.broker.counts("right").buried) == (1, 2))


def test_a_push_from_a_handler_goes_to_the_first_queue_unless_it_says_another(program: MakeProgram) -> None:
    one = program(queue=["first", "second"])

    @one.app.handler
    def here() -> None: ...

    @one.app.handler(queue="second")
    def there() -> None: ...

    assert (here.push().queue, there.push().queue, there.later(1).queue) == ("first", "second", "second")
    assert (one.broker.counts("first").ready, one.broker.counts("second")) == (1, (1, 1, 0, 0))
