"""Pages made from the code, by file name."""

from collections.abc import Callable, Mapping

from pages import cli, guarantees, lifecycle

PAGES: Mapping[str, Callable[[], str]] = {
    "cli.md": cli.text,
    "guarantees.md": guarantees.text,
    "lifecycle.md": lifecycle.text,
}
