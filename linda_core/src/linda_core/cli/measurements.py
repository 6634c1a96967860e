"""What `linda bench` measures, through nothing but the public API."""

import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from statistics import quantiles
from typing import NamedTuple

from linda_core.broker import Broker
from linda_core.job import Job

BATCH = 100

#: Seconds: nothing that is reserved here comes back while it is measured.
LEASE = 600.0


class Figure(NamedTuple):
    """One line of the result."""

    name: str
    value: float
    unit: str


@dataclass(frozen=True)
class Bench:
    """One producer and one consumer, on a queue that nobody else uses."""

    producer: Broker
    consumer: Broker
    queue: str
    jobs: int  #: at most so many in each measurement
    seconds: float  #: and at most so long

    def figures(self) -> Iterator[Figure]:
        """Each as soon as it is known."""
        yield self._rate("push", self._push_one)
        yield self._rate("pop, delete", self._drain_one)
        yield self._rate("push_many", self._push_many)
        yield self._rate("pop_many, delete_many", self._drain_many)
        yield from _spread("idle consumer starts after", self._delays_of_waking())
        yield from _spread("delayed job is late by", self._lateness())

    def _rate(self, name: str, step: Callable[[], int]) -> Figure:
        """Repeat `step`, which returns how many jobs it moved, until it moves none or a bound is reached."""
        start = now = self._now()
        done = 0
        while done < self.jobs and now - start < self.seconds and (moved := step()):
            done += moved
            now = self._now()
        return Figure(name, done / (now - start) if done else 0.0, "jobs/s")

    def _push_one(self) -> int:
        self.producer.push(Job("bench", ["some", "arguments", 1]), self.queue)
        return 1

    def _push_many(self) -> int:
        self.producer.push_many([Job("bench", ["some", "arguments", 1]) for _ in range(BATCH)], self.queue)
        return BATCH

    def _drain_one(self) -> int:
        job = self.consumer.pop(self.queue, LEASE)
        if job is None:
            return 0
        self.consumer.delete(self.queue, job)
        return 1

    def _drain_many(self) -> int:
        jobs = self.consumer.pop_many(self.queue, LEASE, BATCH)
        self.consumer.delete_many(self.queue, jobs)
        return len(jobs)

    def _delays_of_waking(self) -> list[float]:
        """Seconds from the call of push to the return of a pop that was waiting."""
        while self._drain_many():
            pass
        delays: list[float] = []
        give_up = self._now() + self.seconds
        while len(delays) < min(self.jobs, 50) and self._now() < give_up:
            delays.append(self._delay_of_waking())
        return delays

    def _delay_of_waking(self) -> float:
        popped: list[float] = []

        def pop() -> None:
            jobs = self.consumer.pop_many(self.queue, LEASE, 1, wait=10)
            popped.append(self._now())
            self.consumer.delete_many(self.queue, jobs)

        thread = threading.Thread(target=pop)
        thread.start()
        thread.join(0.02)  # by then it waits
        pushed = self._now()
        self._push_one()
        thread.join()
        return popped[0] - pushed

    def _lateness(self) -> list[float]:
        """Seconds from when a job was due to when it was handed out, with many of them due in a second."""
        lead = min(1.0, self.seconds / 4)
        start = self._now() + lead
        due: dict[str, float] = {}
        for number in range(min(self.jobs, 500)):
            job = Job("bench", [number])
            due[job.id] = start + number / 500
            if due[job.id] - self._now() < lead / 4:  # too slow a broker for so many
                del due[job.id]
                break
            self.producer.later(due[job.id] - self._now(), job, self.queue)
        return list(self._seen_late(due, start + self.seconds))

    def _seen_late(self, due: dict[str, float], give_up: float) -> Iterator[float]:
        seen = 0
        while seen < len(due) and self._now() < give_up:
            jobs = self.consumer.pop_many(self.queue, LEASE, BATCH, wait=max(0.0, give_up - self._now()))
            now = self._now()
            yield from (now - due[job.id] for job in jobs)
            seen += len(jobs)
            self.consumer.delete_many(self.queue, jobs)

    def _now(self) -> float:
        return self.producer.clock.monotonic()


def _spread(name: str, seconds: list[float]) -> Iterator[Figure]:
    if len(seconds) < 2:
        return
    percentiles = quantiles(seconds, n=100, method="inclusive")
    yield Figure(f"{name}, median", percentiles[49] * 1000, "ms")
    yield Figure(f"{name}, 95 %", percentiles[94] * 1000, "ms")
