"""What the server's flags mean for jobs, and how its users are told."""

import logging
from dataclasses import replace

import pytest

from linda_core.driver import BrokerURL
from linda_nsq import durability
from linda_nsq.settings import Settings

URL = BrokerURL.parse("nsq://:hush@one,two")
SAFEST = Settings(
    name="one:4150",
    version="1.3.0",
    max_msg_size=2**20,
    max_body_size=5 * 2**20,
    max_rdy_count=2500,
    max_msg_timeout=900,
    mem_queue_size=0,
    sync_every=1,
    sync_timeout=2,
)


def test_one_line_tells_of_the_server_that_loses_most(caplog: pytest.LogCaptureFixture) -> None:
    durability.warn(URL, [SAFEST, replace(SAFEST, sync_every=2500), replace(SAFEST, mem_queue_size=10_000)])

    assert [record.levelno for record in caplog.records] == [logging.WARNING]
    assert "up to 10,000 jobs of each queue" in caplog.text
    assert durability.SAFEST in caplog.text
    assert "hush" not in caplog.text


def test_what_is_not_synced_is_told_with_its_numbers(caplog: pytest.LogCaptureFixture) -> None:
    durability.warn(URL, [replace(SAFEST, sync_every=100, sync_timeout=0.05)])

    assert "up to 100, or those of 0.05 s" in caplog.text


def test_where_no_flag_would_keep_more_nothing_is_said(caplog: pytest.LogCaptureFixture) -> None:
    durability.warn(URL, [SAFEST, SAFEST])

    assert not caplog.records
