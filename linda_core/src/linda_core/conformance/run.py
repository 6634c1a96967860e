"""`linda conform URL`: the kit's own tests, on any broker, from anywhere."""

import os
from importlib.util import find_spec
from pathlib import Path

from linda_core.broker import new_broker
from linda_core.errors import Unsupported


def conform(url: str, *, quick: bool = False, soak: int = 1, report: Path | None = None) -> int:
    """Put the broker at `url` to Linda's promises. Returns 0 if it keeps all that it declares, else pytest's code.

    `quick` leaves out crowds, crashes, cuts and the model; `soak` multiplies rounds; `report` is a file for the
    outcome as JSON. It uses queues of its own, whose names start with `linda-kit.`, and empties them. Raises what
    `new_broker(url)` raises, and Unsupported where pytest or hypothesis is not installed.
    """
    missing = [package for package in ("hypothesis", "pytest") if find_spec(package) is None]
    if missing:
        raise Unsupported(f"the kit needs {' and '.join(missing)}: pip install 'linda-core[conformance]'")
    import pytest

    new_broker(url).close()
    tests = Path(__file__).with_name("test_url.py")
    # Nobody's pytest settings, conftest or cache: the kit means the same wherever it runs.
    arguments = [str(tests), "-c", os.devnull, f"--rootdir={tests.parent}", "--noconftest", "-p", "no:cacheprovider"]
    arguments += ["-W", "ignore::pytest.PytestAssertRewriteWarning"]  # Linda itself is in use already
    arguments += ["-q", "--no-header", "--tb=short", f"--linda-url={url}", f"--linda-soak={soak}"]
    arguments += ["--linda-quick"] if quick else []
    arguments += [f"--linda-report={report.absolute()}"] if report else []
    return int(pytest.main(arguments))
