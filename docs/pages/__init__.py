"""Pages made from the code, by file name."""

from collections.abc import Callable, Mapping

from pages import brokers, cli, guarantees, lessons, lifecycle, speed

PAGES: Mapping[str, Callable[[], str]] = {
    "brokers.md": brokers.text,
    "cli.md": cli.text,
    "guarantees.md": guarantees.text,
    "lessons.md": lessons.text,
    "lifecycle.md": lifecycle.text,
    "speed.md": speed.text,
}
