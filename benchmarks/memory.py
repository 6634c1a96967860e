"""How much memory a process has had at most."""

import resource
from pathlib import Path

_STATUS = Path("/proc/self/status")


def peak() -> int:
    """Bytes of this process. Where there is no /proc it may be what its parent had when this one was started."""
    if _STATUS.exists():
        line = next(line for line in _STATUS.read_text().splitlines() if line.startswith("VmHWM:"))
        return int(line.split()[1]) * 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
