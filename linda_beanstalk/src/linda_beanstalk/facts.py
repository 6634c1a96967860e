"""What the server knows of a job, read from its statistics."""

import re
from typing import NamedTuple

from linda_beanstalk.answers import Answer

_FACTS = re.compile(
    rb'tube: "?([^"\n]+)"?\nstate: (\w+)\npri: (\d+)\n.*?\nttr: (\d+)\ntime-left: (-?\d+)\n.*?\n'
    rb"reserves: (\d+)\ntimeouts: \d+\nreleases: (\d+)\nburies: (\d+)\n",
    re.DOTALL,
)


class Facts(NamedTuple):
    """The answer to `stats-job`, as far as anybody asks."""

    tube: str
    state: str
    priority: int
    ttr: int
    left: int  #: seconds until its delay or its TTR ends; negative where the server failed to end it
    reserves: int  #: how often it was reserved
    releases: int  #: how often it was put back, by its holder or for him when its lease was over
    buries: int

    @property
    def lapses(self) -> int:
        """How often its holder had vanished; unknown, and 0, once it was put back: the server does not say when."""
        return 0 if self.releases or self.buries else self.reserves - 1


def read(answer: Answer) -> Facts | None:
    """From the answer; None where there is no such job."""
    match = _FACTS.search(answer.body)
    if match is None:
        return None
    tube, state, *numbers = match.groups()
    return Facts(tube.decode(), state.decode(), *map(int, numbers))
