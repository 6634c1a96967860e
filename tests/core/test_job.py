"""A job as its maker sees it."""

import os
import re
from concurrent.futures import ThreadPoolExecutor

from linda_core.job import Job, new_job_id


def test_a_new_job_is_nowhere_yet() -> None:
    job = Job("count", ["a.py"], {"lines": True})

    assert (job.name, job.args, job.kwargs) == ("count", ["a.py"], {"lines": True})
    assert (job.state, job.queue, job.attempts, job.lapses, job.deadline) == (None, "", 0, 0, None)


def test_ids_are_unique_in_all_threads() -> None:
    with ThreadPoolExecutor(8) as threads:
        ids = [made.result() for made in [threads.submit(new_job_id) for _ in range(10_000)]]

    assert len(set(ids)) == 10_000
    assert all(re.fullmatch(r"[0-9a-f]{20}-[0-9a-f]+", identity) for identity in ids)


def test_a_forked_child_does_not_continue_its_parents_ids() -> None:
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        os.write(writer, new_job_id().encode())
        os._exit(0)
    os.close(writer)
    os.waitpid(child, 0)
    with os.fdopen(reader) as answer:
        theirs = answer.read()

    assert theirs.partition("-")[0] != new_job_id().partition("-")[0]


def test_an_id_and_a_time_can_be_given() -> None:
    job = Job("count", id="mine", created_at=5.0, queue="a")

    assert (job.id, job.created_at, job.queue) == ("mine", 5.0, "a")


def test_its_picture_shows_no_arguments() -> None:
    assert repr(Job("count", ["secret"], id="mine")) == "<Job mine count>"
