"""docs/guarantees.md, from the conformance kit: each promise, and the tests that are named after what follows."""

import inspect
from collections.abc import Iterator
from importlib import import_module
from pkgutil import iter_modules

from linda_core.conformance import promises

HEAD = """# What Linda guarantees

Made from the conformance kit by `make docs`. Each promise is a class of tests that every broker passes, and each line
below is one of them. `linda conform URL` puts any broker to them; what a broker declares not to do is tested to be
refused.
"""


def text() -> str:
    """The page."""
    return HEAD + "".join(f"\n## {_title(area)}\n\n{_promise(area)}\n\n{_tests(area)}\n" for area in _areas())


def _areas() -> Iterator[type]:
    """The test classes of the kit, in the order of the contract's promises."""
    found: list[tuple[str, type]] = []
    for module_info in iter_modules(promises.__path__):
        module = import_module(f"{promises.__name__}.{module_info.name}")
        found += [
            (module.__doc__ or "", member)
            for _, member in inspect.getmembers(module, inspect.isclass)
            if member.__module__ == module.__name__ and any(name.startswith("test_") for name in vars(member))
        ]
    return (area for _, area in sorted(found, key=lambda pair: (_number(pair[0]), pair[1].__name__)))


def _number(doc: str) -> int:
    digits = "".join(character if character.isdigit() else " " for character in doc.partition(":")[0]).split()
    return int(digits[0]) if digits else 99


def _title(area: type) -> str:
    module = import_module(area.__module__)
    return (module.__doc__ or "").strip().splitlines()[0].rstrip(".")


def _promise(area: type) -> str:
    return inspect.cleandoc(area.__doc__ or "")


def _tests(area: type) -> str:
    return "\n".join(
        f"- {name.removeprefix('test_').replace('_', ' ')}" for name in vars(area) if name.startswith("test_")
    )
