"""What a process needs for jobs that only wait."""

import subprocess
import sys

import pytest

from linda_kafka.record import command

pytestmark = pytest.mark.slow

FOLD = """
import resource, sys
from linda_kafka.ledger import Ledger
from linda_kafka.record import command_of

def peak():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024

ledger, before = Ledger(), peak()
value = bytes.fromhex(sys.argv[1])
for number in range(1_000_000):
    ledger.command(command_of(value), number, 1_700_000_000_000 + 60_000 * (number // 100))
first = peak() - before
copy = ledger.copy()
for part in copy.dump():
    pass
print(len(ledger), round(first), round(peak() - before))
"""


def test_a_million_delayed_jobs_and_a_snapshot_of_them_take_few_megabytes() -> None:
    value = command("push", {"queue": "q", "delay": 86_400_000}, b'{"payload":{"class":"Later"}}').value
    program = [sys.executable, "-c", FOLD, value.hex()]
    outcome = subprocess.run(program, capture_output=True, text=True, check=True)

    jobs, megabytes, with_snapshot = map(int, outcome.stdout.split())
    assert jobs == 1_000_000
    assert megabytes < 40, f"a million delayed jobs take {megabytes} MB"
    assert with_snapshot < 80, f"with a snapshot, a million delayed jobs take {with_snapshot} MB"
