"""A ledger as one would write it without a thought of speed or memory: a list of jobs."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any


@dataclass
class Job:
    """`until` is when its delay or lease ends."""

    queue: str
    number: int
    place: int
    state: str = "ready"
    until: int | None = None
    reservation: int = -1
    attempts: int = 0
    lapses: int = 0
    reason: str = ""


class Model:
    """`jobs` are in the order in which they came to their states."""

    def __init__(self) -> None:
        self.now = 0
        self.jobs: list[Job] = []
        self.best = (-1, -1)

    def command(self, verb: str, what: dict[str, Any], offset: int, stamp: int) -> Any:
        """What the command does, as a ledger says it."""
        self.now = max(self.now, stamp)
        return getattr(self, verb)(offset, **what)

    def of(self, queue: str, state: str) -> list[Job]:
        """The jobs in one state, in the order in which they leave it."""
        jobs = [job for job in self.jobs if (job.queue, job.state) == (queue, state)]
        return jobs if state in {"ready", "buried"} else sorted(jobs, key=lambda job: (job.until or 0, job.number))

    def push(self, offset: int, queue: str, delay: int = 0) -> None:
        self.jobs.append(job := Job(queue, offset, offset))
        self._back(job, delay)

    def promote(self, _: int, queue: str) -> int:
        due = [job for state in ("delayed", "held") for job in self.of(queue, state) if (job.until or 0) <= self.now]
        for job in due:
            job.lapses += job.state == "held"
            self._enter(job, "ready")
        return len(due)

    def take(self, offset: int, queues: list[str], limit: int, lease: int) -> list[Any]:
        taken: list[Any] = []
        for queue in queues:
            if len(taken) == limit:
                break
            self.promote(0, queue)
            for job in self.of(queue, "ready")[: limit - len(taken)]:
                self._enter(job, "held", self.now + lease + 1)
                job.reservation, job.attempts = offset, job.attempts + 1
                taken.append((queue, job.number, offset, (job.attempts, job.lapses)))
        return taken

    def delete(self, _: int, queue: str, jobs: Any) -> list[int]:
        return self._settle(queue, jobs, self.jobs.remove)

    def release(self, _: int, queue: str, jobs: Any, delay: int) -> list[int]:
        return self._settle(queue, jobs, lambda job: self._back(job, delay))

    def touch(self, _: int, queue: str, jobs: Any, lease: int) -> list[int]:
        return self._settle(queue, jobs, lambda job: self._enter(job, "held", self.now + lease + 1))

    def bury(self, _: int, queue: str, jobs: Any, reason: str) -> list[int]:
        def bury(job: Job) -> None:
            self._enter(job, "buried")
            job.reason = reason

        return self._settle(queue, jobs, bury)

    def unsee(self, _: int, queue: str, jobs: Any) -> list[int]:
        def unsee(job: Job) -> None:
            self._enter(job, "ready")
            job.attempts -= 1
            self.jobs.remove(job)
            self.jobs.insert(0, job)

        return self._settle(queue, jobs, unsee)

    def kick(self, _: int, queue: str, limit: int) -> int:
        kicked = self.of(queue, "buried")[:limit]
        for job in kicked:
            self._back(job, 0)
        return len(kicked)

    def purge(self, _: int, queue: str) -> None:
        self.jobs = [job for job in self.jobs if job.queue != queue]

    def look(self, _: int) -> None:
        pass

    def move(self, offset: int, number: int) -> None:
        for job in self.jobs:
            if job.number == number:
                job.place = offset

    def keep(self, _: int, offset: int, first: int) -> bool:
        better = offset > self.best[0] and first >= self.best[1]
        if better:
            self.best = (offset, first)
            for job in self.jobs:
                if job.state != "held":
                    job.number = job.place
        return better

    def _settle(self, queue: str, receipts: Any, act: Callable[[Job], object]) -> list[int]:
        self.promote(0, queue)
        refused: list[int] = []
        for position, receipt in enumerate(receipts):
            mine = [job for job in self.of(queue, "held") if (job.number, job.reservation) == tuple(receipt)]
            for job in mine:
                act(job)
            if not mine:
                refused.append(position)
        return refused

    def _back(self, job: Job, delay: int) -> None:
        if delay:
            self._enter(job, "delayed", self.now + delay + 1)
        else:
            self._enter(job, "ready")
        job.lapses = 0

    def _enter(self, job: Job, state: str, until: int | None = None) -> None:
        job.state, job.until = state, until
        self.jobs.remove(job)
        self.jobs.append(job)
