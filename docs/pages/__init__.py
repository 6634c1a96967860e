"""Pages made from the code, by file name."""

from collections.abc import Callable, Mapping

from pages import guarantees, lifecycle

PAGES: Mapping[str, Callable[[], str]] = {
    "guarantees.md": guarantees.text,
    "lifecycle.md": lifecycle.text,
}
