"""Large calls are cut into parts, so that no script holds up the server for long."""

from linda_core import Broker, Job
from linda_core.driver import Counts, Entry, State
from linda_redis.driver import RedisDriver
from tests.adapters.redis.conftest import Command, calls

MANY = 2_500


def bury(driver: RedisDriver, count: int) -> list[str]:
    names = [f"job-{number}" for number in range(count)]
    for start in range(0, count, 1000):
        driver.push("q", [Entry(name, b"body") for name in names[start : start + 1000]], 0)
        driver.bury("q", [delivery.receipt for delivery in driver.reserve(["q"], 1000, 30, 0)], "why")
    return names


def test_large_bodies_go_one_by_one(broker: Broker, command: Command) -> None:
    broker.counts("q")
    command("CONFIG", "RESETSTAT")

    broker.push_many([Job(str(number), ["x" * 9_000_000]) for number in range(4)], "q")

    assert calls(command, "evalsha") >= 4
    assert [job.name for job in broker.pop_many("q", 30, 4)] == ["0", "1", "2", "3"]
    broker.purge("q")


def test_any_number_is_kicked(driver: RedisDriver) -> None:
    names = bury(driver, MANY)

    assert driver.kick("q", 2_100) == 2_100
    assert driver.counts("q") == Counts(2_100, 0, 0, 400)
    assert driver.kick("q", 1_000_000) == 400

    assert [seen.id for seen in driver.peek("q", State.READY, MANY)] == names
    driver.purge("q")


def test_any_number_is_seen(driver: RedisDriver) -> None:
    names = bury(driver, MANY)

    seen = driver.peek("q", State.BURIED, 2_200)

    assert [(job.id, job.reason, job.attempts) for job in seen] == [(name, "why", 1) for name in names[:2_200]]
    assert len(driver.peek("q", State.BURIED, 1_000_000)) == MANY
    driver.purge("q")
