"""Several programs at the same work, in turn, each in a process of its own: medians of interleaved rounds.

Machines differ and drift, so only contenders of one run may be compared, as ratios.
"""

import json
import os
import statistics
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from resource import RUSAGE_SELF, getrusage
from time import perf_counter

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


@dataclass(frozen=True)
class Contender:
    """A name for the table, the work, and what has to be there before."""

    name: str
    prepare: Prepare
    work: Work


def contest(module: str, contenders: Sequence[Contender], url: str, jobs: int, rounds: int) -> list[Row]:
    """Every contender in every round; the rows of the table, fastest first."""
    results: dict[str, list[Result]] = {contender.name: [] for contender in contenders}
    for _ in range(rounds):
        for contender in contenders:
            _child(module, "prepare", contender, url, jobs)
            output = _child(module, "work", contender, url, jobs)
            results[contender.name].append(Result(**json.loads(output.splitlines()[-1])))
    rows: list[Row] = [{"contender": name, **asdict(_median(rounds_of))} for name, rounds_of in results.items()]
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
    before = getrusage(RUSAGE_SELF)
    seconds = contender.work(url, int(jobs))
    after = getrusage(RUSAGE_SELF)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    result = Result(round(int(jobs) / seconds, 1), round(cpu / int(jobs) * 1e6, 2), round(peak() / 2**20, 1))
    print(json.dumps(asdict(result)), flush=True)
    os._exit(0)  # some contenders leave threads behind


def timed(work: Callable[[], object]) -> float:
    """Seconds that `work` took."""
    start = perf_counter()
    work()
    return perf_counter() - start


def _child(module: str, act: str, contender: Contender, url: str, jobs: int) -> str:
    command = [sys.executable, "-m", module, act, contender.name, url, str(jobs)]
    return subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True, timeout=600).stdout


def _median(results: Sequence[Result]) -> Result:
    return Result(
        *(statistics.median(values) for values in zip(*(asdict(one).values() for one in results), strict=True))
    )
