"""Several programs at the same work, in turn, each in a process of its own: medians of interleaved rounds.

Machines differ and drift, so only contenders of one run may be compared, as ratios.
"""

import json
import os
import statistics
import subprocess
import sys
import traceback
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from resource import RUSAGE_SELF, getrusage
from time import perf_counter

from benchmarks.countdown import Stalled
from benchmarks.memory import peak
from benchmarks.table import Row, table
from tests.servers.locate import Kind, provide_private

#: Fills the server at a URL with so many jobs.
Prepare = Callable[[str, int], None]

#: Does the work; returns the seconds that count.
Work = Callable[[str, int], float]


@dataclass(frozen=True)
class Result:
    """What one contender did in one round."""

    jobs_per_second: float
    cpu_microseconds_per_job: float
    resident_mebibytes: float
    ran: int  #: so many jobs


@dataclass(frozen=True)
class Contender:
    """A name for the table, the work, and what has to be there before."""

    name: str
    prepare: Prepare
    work: Work
    share: int = 1  #: it does one of so many jobs, since it would take minutes for all

    def jobs(self, jobs: int) -> int:
        """How many it does in a contest of so many."""
        return max(1, jobs // self.share)

    def title(self, jobs: int, ran: int) -> str:
        """What the table calls it: with how many jobs, where that was not all."""
        given = self.jobs(jobs)
        return self.name if ran == jobs else f"{self.name}: ran {ran:,} of {given:,} jobs"


def contest(module: str, contenders: Sequence[Contender], url: str, jobs: int, rounds: int) -> list[Row]:
    """Every contender in every round; the rows of the table, fastest first."""
    results: dict[Contender, list[Result]] = {contender: [] for contender in contenders}
    for _ in range(rounds):
        for contender in contenders:
            _child(module, "prepare", contender, url, contender.jobs(jobs))
            output = _child(module, "work", contender, url, contender.jobs(jobs))
            results[contender].append(Result(**json.loads(output.splitlines()[-1])))
    rows = [_row(contender, jobs, _median(rounds_of)) for contender, rounds_of in results.items()]
    return sorted(rows, key=lambda row: -float(row["jobs_per_second"]))


def command(module: str, contenders: Sequence[Contender], arguments: Sequence[str], kind: Kind) -> None:
    """`[JOBS ROUNDS]` holds the contest on a server of its own; the children are told more."""
    if len(arguments) > 2:
        _be_child(contenders, arguments)
        return
    jobs, rounds = [int(word) for word in arguments] or [20_000, 3]
    with provide_private(kind) as server:
        print(table(contest(module, contenders, server.url, jobs, rounds)))


def _be_child(contenders: Sequence[Contender], arguments: Sequence[str]) -> None:
    """`prepare` or `work`, once, and the result as a line of JSON."""
    act, name, url, jobs = arguments
    contender = next(one for one in contenders if one.name == name)
    if act == "prepare":
        contender.prepare(url, int(jobs))
        return
    status = 1
    try:
        print(json.dumps(asdict(_result(contender, url, int(jobs)))), flush=True)
        status = 0
    except Exception:  # noqa: BLE001 - whatever it is, nobody else would see it
        traceback.print_exc()
    os._exit(status)  # some contenders leave threads behind


def _result(contender: Contender, url: str, jobs: int) -> Result:
    before = getrusage(RUSAGE_SELF)
    try:
        ran, seconds = jobs, contender.work(url, jobs)
    except Stalled as stalled:
        ran, seconds = stalled.ran, stalled.seconds
    after = getrusage(RUSAGE_SELF)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    rate = ran / seconds if ran else 0.0
    return Result(round(rate, 1), round(cpu / max(1, ran) * 1e6, 2), round(peak() / 2**20, 1), ran)


def timed(work: Callable[[], object]) -> float:
    """Seconds that `work` took."""
    start = perf_counter()
    work()
    return perf_counter() - start


def _child(module: str, act: str, contender: Contender, url: str, jobs: int) -> str:
    command = [sys.executable, "-m", module, act, contender.name, url, str(jobs)]
    return subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True, timeout=600).stdout


def _row(contender: Contender, jobs: int, result: Result) -> Row:
    columns = asdict(result)
    return {"contender": contender.title(jobs, columns.pop("ran")), **columns}


def _median(results: Sequence[Result]) -> Result:
    return Result(
        *(statistics.median_low(values) for values in zip(*(asdict(one).values() for one in results), strict=True))
    )
