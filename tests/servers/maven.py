"""Java programs from Maven Central, with a Java to run them: the machine's own, or Debian's unpacked."""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path

from tests.servers import debian
from tests.servers.certificates import java_truststore
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


def fetch(coordinates: Sequence[str], into: Path, *, servers: Path) -> Path:
    """Puts the jars of each `group:artifact:version`, and what they need, into a folder. Returns the java to run them.

    What the machine lacks for that is unpacked into `servers`. Raises ServerUnavailable.
    """
    java, mvn = shutil.which("java"), shutil.which("mvn")
    if not (java and mvn):
        debian.unpack(["default-jre-headless", "maven"], servers)
    program = Path(java) if java else next(servers.glob("usr/lib/jvm/*/bin/java"))
    with tempfile.TemporaryDirectory() as folder:
        work = Path(folder)
        needed = "".join(_DEPENDENCY.format(*jar.split(":")) for jar in coordinates)
        (work / "pom.xml").write_text(_PROJECT.format(needed))
        environment = {} if java else _environment(program, work)
        command = [mvn or str(servers / "usr/share/maven/bin/mvn"), "dependency:copy-dependencies"]
        _run([*command, f"-DoutputDirectory={into}", "-DincludeScope=runtime"], work, environment)
    return program


def _environment(java: Path, work: Path) -> dict[str, str]:
    """A Java that was only unpacked trusts nobody yet."""
    trusted = java_truststore(work / "trusted.jks")
    return {"JAVA_HOME": str(java.parents[1]), "MAVEN_OPTS": f"-Djavax.net.ssl.trustStore={trusted}"}


def _run(command: Sequence[str], work: Path, environment: dict[str, str]) -> None:
    outcome = subprocess.run(
        [*command, "--quiet", "--batch-mode", f"-Dmaven.repo.local={work}/repository"],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=_LIMIT,
        cwd=work,
        env={**os.environ, **environment},
        check=False,
    )
    if outcome.returncode != 0:
        raise ServerUnavailable(f"{' '.join(command)} failed: {outcome.stdout.strip()[:500]}")
