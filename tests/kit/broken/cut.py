"""Bugs that only a broken connection shows: the Redis driver, less careful."""

import time
from collections.abc import Sequence
from dataclasses import replace
from typing import Any, ClassVar

from linda_core.driver import BrokerUnavailable, Delivery, Entry, Receipts
from linda_core.job import new_job_id
from linda_redis.driver import RedisDriver
from linda_redis.failures import Cut, Unreachable
from linda_redis.scripts import Script

BROKEN = (Cut, Unreachable)


class SwallowsCuts(RedisDriver):
    """A push whose connection was cut is taken for done."""

    caught_by: ClassVar = {
        "Cuts::test_a_cut_connection_loses_nothing_and_tells_no_lie",
        "Cuts::test_a_push_repeated_after_a_cut_does_not_duplicate",
        "Healing::test_a_server_that_cannot_be_reached_is_reported_and_nothing_is_done",
    }

    def _run(self, script: Script, queue: str, *arguments: bytes | str | int) -> Any:
        try:
            return super()._run(script, queue, *arguments)
        except BROKEN:
            return 0


class RepeatsWithAnotherId(RedisDriver):
    """A push is repeated after a cut, and the server cannot see that it is the same."""

    caught_by: ClassVar = {
        "Cuts::test_a_cut_connection_loses_nothing_and_tells_no_lie",
        "Cuts::test_a_push_repeated_after_a_cut_does_not_duplicate",
        "Cuts::test_a_batch_cut_anywhere_is_kept_when_accepted",
    }
    _was_cut = False

    def push(self, queue: str, entries: Sequence[Entry], delay: float) -> None:
        super().push(queue, [entry._replace(id=new_job_id()) for entry in entries], delay)
        if self._was_cut:
            self._was_cut = False
            super().push(queue, [entry._replace(id=new_job_id()) for entry in entries], delay)

    def _run(self, script: Script, queue: str, *arguments: bytes | str | int) -> Any:
        try:
            return super()._run(script, queue, *arguments)
        except BROKEN:
            self._was_cut = True
            raise


class SaysNothingWasDone(RedisDriver):
    """A cut connection is called an unreachable server: nothing was done, it says."""

    errors: ClassVar = {**RedisDriver.errors, Cut: BrokerUnavailable}
    caught_by: ClassVar = {"Cuts::test_a_cut_connection_loses_nothing_and_tells_no_lie"}


class SaysTheLeaseWasLost(RedisDriver):
    """A delete whose connection was cut is called a lost lease: nothing was changed, it says."""

    capabilities = replace(RedisDriver.capabilities, receipts=Receipts.CONNECTION)
    caught_by: ClassVar = {"Cuts::test_a_cut_connection_loses_nothing_and_tells_no_lie"}

    def delete(self, queue: str, receipts: Sequence[bytes]) -> Sequence[int]:
        try:
            return super().delete(queue, receipts)
        except BROKEN:
            return range(len(receipts))


class NeverHeals(RedisDriver):
    """After its connection has broken once, every call fails."""

    caught_by: ClassVar = {
        "Cuts::test_a_cut_connection_loses_nothing_and_tells_no_lie",
        "Healing::test_a_broker_works_again_after_any_number_of_cuts",
        "Healing::test_a_waiting_pop_raises_or_goes_on_when_its_connection_is_cut",
    }
    _broken: Exception | None = None

    def _run(self, script: Script, queue: str, *arguments: bytes | str | int) -> Any:
        if self._broken:
            raise self._broken
        try:
            return super()._run(script, queue, *arguments)
        except BROKEN as error:
            self._broken = error
            raise


class ConsumesNothing(RedisDriver):
    """A waiting consumer whose connection has broken goes on waiting."""

    caught_by: ClassVar = {
        "Healing::test_a_waiting_pop_raises_or_goes_on_when_its_connection_is_cut",
        "Healing::test_a_waiting_pop_notices_that_nobody_answers",
    }

    def reserve(self, queues: Sequence[str], limit: int, lease: float, wait: float) -> Sequence[Delivery[bytes]]:
        try:
            return super().reserve(queues, limit, lease, wait)
        except BROKEN:
            if not wait:
                raise
            time.sleep(5)
            return []
