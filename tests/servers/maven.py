"""Java programs from Maven Central, with a Java to run them."""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path

from tests.servers import debian
from tests.servers.server import ServerUnavailable

_LIMIT = 600

_PROJECT = """\
<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion>
  <groupId>linda</groupId><artifactId>server</artifactId><version>1</version><packaging>pom</packaging>
  <dependencies>{}</dependencies>
</project>
"""
_DEPENDENCY = "<dependency><groupId>{}</groupId><artifactId>{}</artifactId><version>{}</version></dependency>"

# The program of each Debian package that is needed.
_PACKAGES = {"java": "default-jre-headless", "mvn": "maven"}


def fetch(coordinates: Sequence[str], into: Path) -> None:
    """Puts the jars of each `group:artifact:version`, and what they need, into a folder. Raises ServerUnavailable."""
    missing = [package for program, package in _PACKAGES.items() if shutil.which(program) is None]
    if missing:
        debian.install(missing)
    with tempfile.TemporaryDirectory() as work:
        needed = "".join(_DEPENDENCY.format(*jar.split(":")) for jar in coordinates)
        Path(work, "pom.xml").write_text(_PROJECT.format(needed))
        _maven(work, "dependency:copy-dependencies", f"-DoutputDirectory={into}", "-DincludeScope=runtime")


def _maven(work: str, *command: str) -> None:
    outcome = subprocess.run(
        ["mvn", "--quiet", "--batch-mode", f"-Dmaven.repo.local={work}/repository", *command],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=_LIMIT,
        cwd=work,
        env={**os.environ, "MAVEN_SKIP_RC": "1"},
        check=False,
    )
    if outcome.returncode != 0:
        raise ServerUnavailable(f"mvn {' '.join(command)} failed: {outcome.stdout.strip()[-500:]}")
