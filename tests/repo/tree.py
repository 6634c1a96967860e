"""The distributions of this checkout, as their own files describe them."""

import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]


@dataclass(frozen=True)
class Distribution:
    folder: Path
    project: dict[str, Any]

    @property
    def package(self) -> str:
        return self.folder.name

    @property
    def name(self) -> str:
        return str(self.project["name"])

    @property
    def version(self) -> str:
        return str(self.project["version"])


def read_toml(path: Path) -> dict[str, Any]:
    return tomllib.loads(path.read_text())


DISTRIBUTIONS = [
    Distribution(path.parent, read_toml(path)["project"]) for path in sorted(ROOT.glob("linda_*/pyproject.toml"))
]
ADAPTERS = [distribution for distribution in DISTRIBUTIONS if distribution.name != "linda-core"]
CORE = next(distribution for distribution in DISTRIBUTIONS if distribution.name == "linda-core")
