"""What the management interface knows and AMQP does not."""

from linda_core import Job, new_broker
from linda_core.lifecycle import State
from tests.servers.server import Server
from tests.servers.waiting import wait_until


def test_reserved_jobs_are_counted_for_all_processes(ordered_server: Server, management_port: int, queue: str) -> None:
    with (
        new_broker(ordered_server.url) as holder,
        new_broker(f"{ordered_server.url}?management=http://127.0.0.1:{management_port}") as broker,
    ):
        assert State.RESERVED in broker.capabilities.counts
        holder.push_many([Job("Held") for _ in range(3)], queue)
        assert len(holder.pop_many(queue, 60, 2, wait=5)) == 2

        assert wait_until(lambda: broker.counts(queue).reserved == 2, patience=20)
        assert broker.counts(queue)[:2] == (1, None)
        assert holder.counts(queue).reserved is None
