"""Distributions made on the spot, which importlib.metadata finds like any installed one."""

from collections.abc import Mapping
from pathlib import Path


def distribution(site: Path, name: str, schemes: Mapping[str, str], modules: Mapping[str, str]) -> None:
    """Install into `site`: entry points for `schemes`, and the text of `modules`."""
    info = site / f"{name.replace('-', '_')}-1.2.3.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.2.3\n")
    points = "".join(f"{scheme} = {target}\n" for scheme, target in schemes.items())
    (info / "entry_points.txt").write_text(f"[linda.brokers]\n{points}")
    for module, source in modules.items():
        (site / f"{module}.py").write_text(source)
