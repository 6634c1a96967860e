"""What docs/writing-a-broker.md tells a stranger to write works as it stands there."""

import re
import subprocess
import sys
from pathlib import Path

PAGE = Path(__file__).parents[2] / "docs" / "writing-a-broker.md"
FILE = re.compile(r"```python\n# file: (\S+)\n(.*?)```", re.DOTALL)


def test_the_page_s_driver_keeps_every_promise_it_declares(tmp_path: Path) -> None:
    files = FILE.findall(PAGE.read_text("utf-8"))
    for name, text in files:
        (tmp_path / name).write_text(text, "utf-8")

    run = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-W", "error"],
        check=False,
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=120,
    )

    assert [name for name, _ in files] == ["linda_shelf.py", "test_shelf.py"]
    assert run.returncode == 0, run.stdout
    assert re.search(r"\d{3} passed", run.stdout), run.stdout
