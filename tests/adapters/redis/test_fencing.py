"""A receipt is the member of one reservation: once that is over, nothing can be done with it."""

from collections.abc import Callable, Sequence

import pytest

from linda_core.driver import Counts, Entry
from linda_redis.driver import RedisDriver
from tests.servers.waiting import wait_until

Settle = Callable[[RedisDriver, Sequence[bytes]], Sequence[int]]

SETTLING: dict[str, Settle] = {
    "delete": lambda driver, receipts: driver.delete("q", receipts),
    "release": lambda driver, receipts: driver.release("q", receipts, 0),
    "release_with_delay": lambda driver, receipts: driver.release("q", receipts, 60),
    "touch": lambda driver, receipts: driver.touch("q", receipts, 60),
    "bury": lambda driver, receipts: driver.bury("q", receipts, "why"),
}


@pytest.fixture(params=SETTLING)
def settle(request: pytest.FixtureRequest) -> Settle:
    return SETTLING[request.param]


def reserved(driver: RedisDriver, lease: float, count: int = 1) -> list[bytes]:
    driver.push("q", [Entry(f"job-{number}", b"body") for number in range(count)], 0)
    return [delivery.receipt for delivery in driver.reserve(["q"], count, lease, 0)]


def test_a_receipt_of_an_earlier_reservation_is_refused(driver: RedisDriver, settle: Settle) -> None:
    (stale,) = reserved(driver, 30)
    driver.release("q", [stale], 0)
    (current,) = driver.reserve(["q"], 1, 30, 0)

    assert settle(driver, [stale]) == [0]
    assert driver.counts("q") == Counts(0, 0, 1, 0)
    assert driver.delete("q", [current.receipt]) == []


def test_an_expired_lease_is_refused_before_anybody_has_moved_the_job(driver: RedisDriver, settle: Settle) -> None:
    (late,) = reserved(driver, 0.001)
    assert wait_until(lambda: driver.counts("q").ready == 1, patience=5)

    assert settle(driver, [late]) == [0]
    assert driver.counts("q") == Counts(1, 0, 0, 0)


def test_a_settled_receipt_is_refused(driver: RedisDriver, settle: Settle) -> None:
    (done,) = reserved(driver, 30)
    driver.delete("q", [done])

    assert settle(driver, [done]) == [0]
    assert driver.queues() == []


def test_a_receipt_of_an_earlier_job_with_the_same_id_is_refused(driver: RedisDriver, settle: Settle) -> None:
    (earlier,) = reserved(driver, 30)
    driver.delete("q", [earlier])
    (current,) = reserved(driver, 30)

    assert settle(driver, [earlier]) == [0]
    assert driver.delete("q", [current]) == []


def test_a_receipt_counts_once_in_one_call(driver: RedisDriver) -> None:
    (receipt,) = reserved(driver, 30)

    assert driver.release("q", [receipt, receipt], 0) == [1]
    assert driver.counts("q") == Counts(1, 0, 0, 0)


def test_only_the_refused_of_a_batch_are_left_alone(driver: RedisDriver, settle: Settle) -> None:
    receipts = reserved(driver, 30, count=5)
    driver.delete("q", [receipts[1], receipts[3]])

    assert settle(driver, receipts) == [1, 3]


@pytest.mark.parametrize("nonsense", [b"", b"::", b"no colon", b"job-0:1", b"job-0::1", b"\xff\x00:1:1"])
def test_what_is_no_receipt_is_refused(driver: RedisDriver, settle: Settle, nonsense: bytes) -> None:
    reserved(driver, 30)

    assert settle(driver, [nonsense]) == [0]
    assert driver.counts("q") == Counts(0, 0, 1, 0)


def test_a_released_batch_is_at_the_front_in_its_order(driver: RedisDriver) -> None:
    receipts = reserved(driver, 30, count=3)
    driver.push("q", [Entry("behind", b"")], 0)

    driver.release("q", receipts, 0)

    assert [delivery.id for delivery in driver.reserve(["q"], 9, 30, 0)] == ["job-0", "job-1", "job-2", "behind"]


def test_a_delayed_batch_keeps_its_order(driver: RedisDriver) -> None:
    names = [f"job-{number}" for number in range(30)]
    driver.push("q", [Entry(name, b"") for name in names], 0.01)
    assert wait_until(lambda: driver.counts("q").ready == 30, patience=5)

    assert [delivery.id for delivery in driver.reserve(["q"], 99, 30, 0)] == names


def test_buried_jobs_are_kicked_in_the_order_of_burying(driver: RedisDriver) -> None:
    receipts = reserved(driver, 30, count=12)
    driver.bury("q", receipts[6:], "first")
    driver.bury("q", receipts[:6], "second")

    assert driver.kick("q", 8) == 8

    order = [delivery.id for delivery in driver.reserve(["q"], 99, 30, 0)]
    assert order == [f"job-{number}" for number in (6, 7, 8, 9, 10, 11, 0, 1)]
