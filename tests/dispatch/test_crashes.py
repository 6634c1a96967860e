"""Workers are killed at random while 2,000 jobs run: none is lost, and each comes back within its lease."""

import random
import time
from pathlib import Path

import pytest

from linda_core import Job
from tests.dispatch.programs import Site, eventually, kill

pytestmark = pytest.mark.slow

JOBS = 2000
LEASE = 2.0

WORK = """
@linda.handler
def work(number):
    time.sleep(0.002)
    note(number)

run(processes={processes}, concurrency=4, timeout={lease}, interval=0.5)
"""


@pytest.fixture
def site(tmp_path: Path) -> Site:
    site = Site(tmp_path)
    with site.broker() as broker:
        broker.push_many([Job("work", [f"{number}"]) for number in range(JOBS)], site.queue)
    return site


@pytest.mark.parametrize(("programs", "processes"), [(1, 3), (3, 1)])
def test_no_job_is_lost_when_workers_are_killed_at_random(site: Site, programs: int, processes: int) -> None:
    chance = random.Random(programs)
    source = WORK.format(processes=processes, lease=LEASE)
    running = [site.start(source) for _ in range(programs)]
    try:
        for kills in range(12):
            site.eventually_noted(JOBS * kills // 15)
            number = chance.randrange(programs)
            if processes > 1:
                kill(chance.choice(site.children(running[number])))
            else:
                running[number].kill()
                running[number].wait()
                running[number] = site.start(source)
        with site.broker() as broker:
            eventually(lambda: broker.counts(site.queue)[:3] == (0, 0, 0))
            assert broker.counts(site.queue).buried == 0
    finally:
        for program in running:
            program.terminate()
        for program in running:
            program.wait(30)

    assert {what for what, _ in site.notes()} == {f"{number}" for number in range(JOBS)}


def test_what_a_killed_worker_held_is_back_when_its_lease_is_over(site: Site) -> None:
    program = site.start(WORK.format(processes=1, lease=LEASE))
    try:
        site.eventually_noted(100)
    finally:
        program.kill()
        program.wait()
    died = time.monotonic()

    with site.broker() as broker:
        eventually(lambda: broker.counts(site.queue).reserved == 0)

    assert time.monotonic() - died < LEASE + 2
