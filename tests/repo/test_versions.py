"""The distributions are released together, and say so in the same words."""

import pytest
from packaging.requirements import Requirement

from tests.repo.tree import ADAPTERS, CORE, DISTRIBUTIONS, ROOT, Distribution, read_toml

each = pytest.mark.parametrize("distribution", DISTRIBUTIONS, ids=lambda each: each.name)
each_adapter = pytest.mark.parametrize("adapter", ADAPTERS, ids=lambda each: each.name)


@each
def test_versions_are_in_lockstep(distribution: Distribution) -> None:
    assert distribution.version == CORE.version


def test_the_changelog_opens_with_this_version() -> None:
    headings = [line for line in (ROOT / "CHANGELOG.md").read_text().splitlines() if line.startswith("## [")]

    released = [heading for heading in headings if heading != "## [Unreleased]"]

    assert released[0].startswith(f"## [{CORE.version}]")


@each_adapter
def test_an_adapter_accepts_this_core_by_range(adapter: Distribution) -> None:
    requirements = [Requirement(text) for text in adapter.project["dependencies"]]
    (core,) = [requirement for requirement in requirements if requirement.name == CORE.name]

    assert core.specifier.contains(CORE.version)
    assert {each.operator for each in core.specifier} == {">=", "<"}


@each_adapter
def test_core_has_an_extra_for_each_adapter(adapter: Distribution) -> None:
    extras = CORE.project["optional-dependencies"]
    extra = adapter.name.removeprefix("linda-")

    assert Requirement(extras[extra][0]).name == adapter.name
    assert extra in Requirement(extras["all"][0]).extras


def test_the_workspace_lists_every_distribution() -> None:
    members = read_toml(ROOT / "pyproject.toml")["tool"]["uv"]["workspace"]["members"]

    assert members == [distribution.package for distribution in DISTRIBUTIONS]


@each
def test_the_supported_versions_of_python_are_the_same(distribution: Distribution) -> None:
    assert distribution.project["requires-python"] == CORE.project["requires-python"]
    assert pythons(distribution) == pythons(CORE)


@each
def test_every_distribution_carries_the_licence(distribution: Distribution) -> None:
    assert (distribution.folder / "LICENSE").read_text() == (ROOT / "LICENSE").read_text()


def pythons(distribution: Distribution) -> list[str]:
    return [line for line in distribution.project["classifiers"] if line.startswith("Programming Language")]
