"""Debian packages unpacked into a folder of the project.

They are not installed: nothing on the machine changes, no service is enabled, and root is not needed. The exception
are packages that work only once their own scripts have set them up.
"""

import os
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

from tests.servers.server import ServerUnavailable

_LIMIT = 300


def unpack(packages: Sequence[str], into: Path) -> None:
    """Downloads the packages, with those they need and the machine lacks. Raises ServerUnavailable."""
    if shutil.which("apt-get") is None:
        raise ServerUnavailable(f"install {' '.join(packages)}: this machine has no apt-get to do it with")
    work = into / "apt"
    for folder in ("lists/partial", "cache/archives/partial"):
        (work / folder).mkdir(parents=True, exist_ok=True)
    _apt(work, "update")
    _apt(work, "install", "--download-only", "--no-install-recommends", *packages)
    for package in sorted((work / "cache/archives").glob("*.deb")):
        subprocess.run(["dpkg", "-x", package, into], check=True, timeout=_LIMIT)
    shutil.rmtree(work)


def install(packages: Sequence[str]) -> None:
    """Installs them on this machine, as root alone may. Raises ServerUnavailable."""
    if shutil.which("apt-get") is None or os.geteuid() != 0:
        raise ServerUnavailable(f"install them, such as with: sudo apt-get install {' '.join(packages)}")
    _apt_get("update")
    _apt_get("install", "--no-install-recommends", *packages)


def libraries(root: Path) -> dict[str, str]:
    """The environment in which programs unpacked into `root` find the libraries unpacked beside them."""
    folders = [str(folder) for folder in sorted((root / "usr/lib").glob("*-linux-*")) if folder.is_dir()]
    known = os.environ.get("LD_LIBRARY_PATH")
    return {"LD_LIBRARY_PATH": os.pathsep.join([*folders, *([known] if known else [])])}


def _apt(work: Path, *command: str) -> None:
    """With lists and a cache of its own, so that neither root nor an earlier `apt-get update` is needed."""
    options = {
        "APT::Sandbox::User": "",
        "Acquire::Retries": "1",
        "Acquire::http::Timeout": "20",
        "Debug::NoLocking": "true",
        "Dir::Cache": str(work / "cache"),
        "Dir::State::Lists": str(work / "lists"),
    }
    _apt_get(*(word for name, value in options.items() for word in ("-o", f"{name}={value}")), *command)


def _apt_get(*command: str) -> None:
    outcome = subprocess.run(
        ["apt-get", "-q", "-y", *command],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=_LIMIT,
        check=False,
    )
    if outcome.returncode != 0:
        raise ServerUnavailable(f"apt-get {' '.join(command)} failed: {outcome.stderr.strip()[-500:]}")
