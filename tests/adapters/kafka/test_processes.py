"""Processes that fork and end in every way: the client library has threads of its own, and a fork has none of them."""

import subprocess
import sys

import pytest

from linda_core import Job, new_broker

BEGIN = """
import gc, os, sys, threading, time
import linda_core as linda
gc.disable()  # the errors about topics that were missing are garbage, with a client in it
broker = linda.new_broker(sys.argv[1])
broker.push(linda.Job("One"), "q")
assert broker.pop("q", 60)
"""

ENDINGS = {
    "a child that ends like any program": """
if not (child := os.fork()):
    sys.exit()
assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
broker.push(linda.Job("Two"), "q")
broker.close()
""",
    "a child that uses the broker and ends": """
if not (child := os.fork()):
    broker.push(linda.Job("Two"), "q")
    assert broker.pop("q", 60)
    sys.exit()
assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
""",
    "a child that collects its parent's garbage": """
if not (child := os.fork()):
    broker.push(linda.Job("Two"), "q")
    gc.collect()
    assert broker.pop("q", 60)
    sys.exit()
assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
""",
    "nobody closes the broker": "",
    "nobody closes the broker, on which a daemon waits": """
threading.Thread(target=lambda: broker.pop("q", 60, wait=60), daemon=True).start()
time.sleep(0.2)
""",
    "an error": """
raise SystemExit(0)
""",
    "closing while others are in calls": """
def use():
    try:
        while True:
            broker.push(linda.Job("More"), "q")
            broker.pop("q", 60)
    except linda.LindaError:
        pass
users = [threading.Thread(target=use) for _ in range(8)]
for user in users: user.start()
time.sleep(0.2)
broker.close()
for user in users: user.join()
""",
}


@pytest.mark.parametrize("ending", ENDINGS.values(), ids=ENDINGS)
def test_every_process_ends_by_itself(url: str, ending: str) -> None:
    with new_broker(f"{url}-first") as broker:
        broker.push(Job("First"), "q")  # of which a server that has just started makes others wait, and the log says so
    program = [sys.executable, "-W", "ignore", "-c", BEGIN + ending, url]
    outcome = subprocess.run(program, capture_output=True, text=True, timeout=30, check=False)

    assert (outcome.returncode, outcome.stderr) == (0, "")
