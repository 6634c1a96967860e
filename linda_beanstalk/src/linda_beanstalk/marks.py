"""Jobs to be dropped wherever they show up: nobody may delete what somebody else has reserved.

There is at most one mark for a tube that counts, the oldest job in a tube beside it. Whoever takes or settles jobs
looks at it in the same breath. Its body is empty where it marks a purge: ids are given out in order, so all jobs
with a smaller id than the mark's own are dropped. Else it begins with such an id, and names single jobs after it.
"""

from collections.abc import Iterable
from typing import NamedTuple, Self

from linda_beanstalk.answers import Answer


class Mark(NamedTuple):
    """Which jobs of a tube are dropped."""

    before: int
    jobs: frozenset[int]

    @classmethod
    def read(cls, answer: Answer) -> Self:
        """From the answer to a peek: there may be no mark."""
        if answer.word != b"FOUND":
            return cls(0, frozenset())
        before, *jobs = map(int, answer.body.split() or [answer.values[0]])
        return cls(before, frozenset(jobs))

    def drops(self, job: int) -> bool:
        """Whether this job is dropped."""
        return job < self.before or job in self.jobs

    @staticmethod
    def body(before: int, jobs: Iterable[int]) -> bytes:
        """As it is kept."""
        return b" ".join(b"%d" % number for number in (before, *jobs))
