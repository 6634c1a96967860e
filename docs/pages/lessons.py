"""docs/lessons.md: what users of job libraries complain of most, and the tests that fail if Linda does it, too."""

import tomllib
from collections.abc import Iterator, Mapping
from itertools import count
from pathlib import Path
from textwrap import fill
from typing import Any

ROOT = Path(__file__).parents[2]
LESSONS = ROOT / "docs" / "lessons.toml"
KIT = "linda_core/src/linda_core/conformance/promises"

HEAD = """# Lessons

What users of job libraries have complained of most, in their issue trackers, and what Linda does instead. Each lesson
has tests that fail if Linda falls back. Those of the kit are run on every broker, and `linda conform URL` runs them on
yours. Made by `make docs` from docs/lessons.toml, if all of these tests are there.
"""


def text() -> str:
    """The page."""
    return HEAD + "".join(_parts(tomllib.loads(LESSONS.read_text("utf-8"))))


def _parts(lessons: Mapping[str, Any]) -> Iterator[str]:
    number = count(1)
    for part in lessons["part"]:
        yield f"\n## {part['title']}\n"
        for lesson in part["lesson"]:
            told = f"{next(number)}. **{lesson['complaint']}** ({lesson['seen']}) {lesson['answer']}"
            yield "\n" + fill(told, 120, subsequent_indent="   ", break_on_hyphens=False) + "\n"
            yield "".join(f"   - {_shown(proof)}\n" for proof in lesson["proofs"])


def _shown(proof: str) -> str:
    """Where and what. Raises LookupError when there is no such test."""
    place, _, name = proof.partition("::")
    path = ROOT / place.replace("kit", KIT, 1) if place.startswith("kit/") else ROOT / place
    if not path.exists() or f"def {name}(" not in path.read_text("utf-8"):
        raise LookupError(f"{LESSONS.name}: there is no test {proof}")
    return f"{place.removesuffix('.py')}: {name.removeprefix('test_').replace('_', ' ')}"
