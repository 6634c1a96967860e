"""What is built can be installed and used where this checkout is not."""

import os
import subprocess
import sys
import tarfile
import venv
import zipfile
from pathlib import Path

import pytest

from tests.repo.tree import DISTRIBUTIONS, Distribution

pytestmark = pytest.mark.slow

USE = """
import linda_core as linda
with linda.new_broker("sqlite:///jobs.db") as broker:
    broker.push(linda.Job("echo", ("hello",)), "default")
with linda.new_broker("sqlite:///jobs.db") as broker:
    job = broker.pop("default", 60)
    broker.delete("default", job)
    print(job.name, *job.args)
"""


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Every source archive, and every wheel, made from the source archive unpacked elsewhere."""
    folder = tmp_path_factory.mktemp("built")
    for distribution in DISTRIBUTIONS:
        run(sys.executable, "-m", "build", "--no-isolation", "--outdir", folder, distribution.folder, cwd=folder)
    return folder


@pytest.fixture(scope="module")
def installed(built: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of programs of an environment that has the wheels, and what they require, and nothing else."""
    folder = tmp_path_factory.mktemp("installed")
    venv.create(folder, with_pip=True)
    run(folder / "bin/python", "-m", "pip", "install", "--quiet", *built.glob("*.whl"), cwd=folder)
    return folder / "bin"


@pytest.mark.parametrize("distribution", DISTRIBUTIONS, ids=lambda each: each.name)
class TestBuilt:
    def test_the_wheel_is_a_typed_package_and_no_more_than_its_sources(
        self, built: Path, distribution: Distribution
    ) -> None:
        with zipfile.ZipFile(wheel(built, distribution)) as archive:
            names = archive.namelist()

        information = f"{distribution.package}-{distribution.version}.dist-info"
        sources = {path.name for path in (distribution.folder / "src").iterdir() if path.name != "__pycache__"}
        assert {name.split("/")[0] for name in names} == {*sources, information}
        assert f"{distribution.package}/py.typed" in names
        assert f"{information}/licenses/LICENSE" in names

    def test_the_wheel_has_every_file_of_the_package(self, built: Path, distribution: Distribution) -> None:
        source = distribution.folder / "src"
        expected = {
            str(path.relative_to(source))
            for path in source.rglob("*")
            if path.is_file() and path.suffix not in {".pyc", ".so"}
        }

        with zipfile.ZipFile(wheel(built, distribution)) as archive:
            assert expected <= set(archive.namelist())

    def test_the_source_archive_has_what_it_needs_and_no_more(self, built: Path, distribution: Distribution) -> None:
        with tarfile.open(next(built.glob(f"{distribution.package}-*.tar.gz"))) as archive:
            top = {name.split("/")[1] for name in archive.getnames()}

        # Hatchling adds the .gitignore, by which the wheel made from the archive leaves out the same files.
        assert top - {".gitignore"} == {"LICENSE", "PKG-INFO", "README.md", "pyproject.toml", "src"}


def test_an_installed_linda_pushes_and_pops(installed: Path, tmp_path: Path) -> None:
    assert run(installed / "python", "-I", "-c", USE, cwd=tmp_path) == "echo hello\n"


def test_an_installed_linda_finds_its_brokers(installed: Path, tmp_path: Path) -> None:
    shown = run(installed / "linda", "brokers", cwd=tmp_path)

    assert {"memory://", "redis://", "sqlite://"} <= set(shown.split())


def wheel(built: Path, distribution: Distribution) -> Path:
    return next(built.glob(f"{distribution.package}-*.whl"))


def run(*command: str | Path, cwd: Path) -> str:
    """What the command printed; fails the test, with all of it, when the command fails."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("LINDA_", "PYTHON"))}
    done = subprocess.run(command, cwd=cwd, env=environment, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, f"{done.args}\n{done.stdout}{done.stderr}"
    return done.stdout
