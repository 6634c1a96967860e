"""The pages that are made from the code say what the code says."""

import subprocess
import sys
from pathlib import Path

from tests.repo.tree import ROOT


def test_no_generated_page_is_out_of_date(tmp_path: Path) -> None:
    subprocess.run([sys.executable, ROOT / "docs" / "generate.py", tmp_path], check=True)
    pages = list(tmp_path.iterdir())

    stale = [page.name for page in pages if page.read_text() != (ROOT / "docs" / page.name).read_text()]

    assert pages
    assert stale == [], "run `make docs`"
