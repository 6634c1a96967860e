"""Write the pages that are made from the code: `make docs`. A test fails when one of them is out of date.

python docs/generate.py [FOLDER]
"""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))
sys.path.insert(0, str(Path(__file__).parent))

from pages import PAGES


def main(folder: Path) -> None:
    """Write every page again."""
    for name, text in PAGES.items():
        (folder / name).write_text(text(), "utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent)
