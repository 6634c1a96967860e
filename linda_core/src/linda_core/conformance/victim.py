"""A process made to be killed: `python -m linda_core.conformance.victim URL QUEUE STEP LEASE`.

It does its step over and over, or once and then waits, and writes one line for each thing the broker has
accepted, after it was accepted. Whoever started it kills it when they like.
"""

import random
import sys
import threading
from collections.abc import Callable, Mapping

from linda_core.broker import Broker, new_broker
from linda_core.driver import Buries
from linda_core.errors import LeaseLost
from linda_core.job import Job

#: Jobs per call, so that a kill may come in the middle of one.
BATCH = 20


def say(what: str) -> None:
    """A fact for whoever looks on."""
    sys.stdout.write(f"{what}\n")
    sys.stdout.flush()


def hold(broker: Broker, queue: str, lease: float) -> None:
    """Take a job, begin with it, and get no further."""
    job = broker.pop(queue, lease, wait=10)
    say(job.id if job else "nothing")
    threading.Event().wait()


def dawdle(broker: Broker, queue: str, lease: float) -> None:
    """Take a job, and delete it when told to."""
    job = broker.pop(queue, lease, wait=10)
    say(job.id if job else "nothing")
    sys.stdin.readline()
    try:
        broker.delete(queue, job or Job("nothing"))
        say("deleted")
    except LeaseLost:
        say("lost")


def push(broker: Broker, queue: str, lease: float) -> None:  # noqa: ARG001 - all steps are called alike
    """Push batch after batch, and say what was accepted."""
    while True:
        jobs = [Job("Pushed") for _ in range(BATCH)]
        broker.push_many(jobs, queue)
        for job in jobs:
            say(job.id)


def delete(broker: Broker, queue: str, lease: float) -> None:
    """Delete jobs one by one and in batches, and say which are gone."""
    while jobs := broker.pop_many(queue, lease, BATCH):
        broker.delete(queue, jobs[0])
        say(jobs[0].id)
        broker.delete_many(queue, jobs[1:])
        for job in jobs[1:]:
            say(job.id)
    threading.Event().wait()


def juggle(broker: Broker, queue: str, lease: float) -> None:
    """Give jobs back in every way there is."""
    dice = random.Random()
    while True:
        for job in broker.pop_many(queue, lease, 3):
            fate = dice.choice(("release", "delay", "bury"))
            if fate == "bury" and broker.supports(Buries):
                broker.bury(queue, job, "juggled")
                broker.kick(queue, 1)
            else:
                broker.release_many(queue, [job], delay=0 if fate == "release" else broker.limits.delay_step)


def migrate(broker: Broker, queue: str, lease: float) -> None:  # noqa: ARG001
    """Move what is due, all the time."""
    while True:
        broker.migrate_expired_jobs(queue)


def work(broker: Broker, queue: str, lease: float) -> None:
    """Run jobs as a worker does: take, do something that cannot be undone, delete."""
    while True:
        for job in broker.pop_many(queue, lease, 5, wait=lease):
            say(job.id)
            try:
                broker.delete(queue, job)
            except LeaseLost:
                continue


STEPS: Mapping[str, Callable[[Broker, str, float], None]] = {
    step.__name__: step for step in (hold, dawdle, push, delete, juggle, migrate, work)
}


def main() -> None:
    """Connect, say so, and do the step."""
    url, queue, step, lease = sys.argv[1:]
    with new_broker(url) as broker:
        say("ready")
        STEPS[step](broker, queue, float(lease))


if __name__ == "__main__":
    main()
