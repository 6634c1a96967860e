"""Jobs as lines of JSON: what `drain` writes and `push --from-jsonl` reads. Each line is an envelope."""

from collections.abc import Iterable, Iterator
from io import FileIO

from linda_core import envelope
from linda_core.clock import SYSTEM_CLOCK
from linda_core.errors import DecodeError
from linda_core.job import Job, new_job_id


def write(jobs: Iterable[Job], stream: FileIO) -> None:
    """Write one line for each job. When this returns they have left this process: `stream` has no buffer."""
    rest = b"".join(envelope.encode(job, job.queue) + b"\n" for job in jobs)
    while rest:
        rest = rest[stream.write(rest) :]


def read(stream: Iterable[bytes]) -> Iterator[Job]:
    """One job for each line that is not blank. Raises DecodeError, naming the line."""
    for number, line in enumerate(stream, start=1):
        if not line.strip():
            continue
        try:
            yield envelope.decode(line, fallback_id=new_job_id(), now=SYSTEM_CLOCK.time())
        except DecodeError as error:
            raise DecodeError(f"line {number}: {error}; all jobs before this line were pushed") from error
