"""A hundred thousand jobs due at once: no single call moves them all."""

from linda_core.driver import Counts, Entry
from linda_redis.driver import RedisDriver
from tests.adapters.redis.conftest import Command
from tests.servers.waiting import wait_until

MANY = 100_000


def push_delayed(driver: RedisDriver) -> None:
    for start in range(0, MANY, 1000):
        driver.push("q", [Entry(f"job-{number}", b"body") for number in range(start, start + 1000)], 0.1)
    assert wait_until(lambda: driver.counts("q").ready == MANY, patience=30)


def test_a_backlog_is_moved_in_parts(driver: RedisDriver, command: Command, prefix: str) -> None:
    push_delayed(driver)

    assert len(driver.reserve(["q"], 1, 30, 0)) == 1

    moved = command("LLEN", f"{{{prefix}:q}}:r")
    assert moved < 1000
    assert driver.counts("q") == Counts(MANY - 1, 0, 1, 0)
    assert driver.promote("q") == MANY - 1 - moved
    driver.purge("q")


def test_a_backlog_comes_out_whole_and_in_order(driver: RedisDriver) -> None:
    push_delayed(driver)

    taken: list[str] = []
    while deliveries := driver.reserve(["q"], 1000, 30, 0):
        taken += [delivery.id for delivery in deliveries]
        driver.delete("q", [delivery.receipt for delivery in deliveries])

    assert taken == [f"job-{number}" for number in range(MANY)]
    assert driver.queues() == []
