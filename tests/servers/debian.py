"""Debian packages unpacked into a folder of the project.

They are not installed: nothing on the machine changes, no service is enabled, and root is not needed.
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
    _lead_inside(into)


def libraries(root: Path) -> dict[str, str]:
    """The environment in which programs unpacked into `root` find the libraries unpacked beside them."""
    folders = [str(folder) for folder in sorted((root / "usr/lib").glob("*-linux-*")) if folder.is_dir()]
    known = os.environ.get("LD_LIBRARY_PATH")
    return {"LD_LIBRARY_PATH": os.pathsep.join([*folders, *([known] if known else [])])}


def _lead_inside(root: Path) -> None:
    """Links that would lead to files of the machine lead to the ones unpacked."""
    for link in (path for path in root.rglob("*") if path.is_symlink()):
        target = link.readlink()
        inside = root / str(target).lstrip("/")
        if target.is_absolute() and root not in target.parents and inside.exists():
            link.unlink()
            link.symlink_to(inside)


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
    settings = [word for name, value in options.items() for word in ("-o", f"{name}={value}")]
    outcome = subprocess.run(
        ["apt-get", "-q", "-y", *settings, *command],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=_LIMIT,
        check=False,
    )
    if outcome.returncode != 0:
        raise ServerUnavailable(f"apt-get {' '.join(command)} failed: {outcome.stderr.strip()[-500:]}")
