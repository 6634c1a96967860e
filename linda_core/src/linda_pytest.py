"""pytest's door to the kit: `pytest --linda-url=redis://localhost [--linda-report=report.json]`.

pytest loads this in every run of an environment that has linda-core. So it is no part of that package, whose import
costs a tenth of a second, and it does nothing unless one of its options, or a `BrokerConformance` class, is used.
"""

from pathlib import Path

import pytest

#: Where the tests for `--linda-url` are.
TESTS = "linda_core.conformance.test_url"

pytest.register_assert_rewrite("linda_core.conformance.promises")


def pytest_addoption(parser: pytest.Parser) -> None:
    """The kit's options."""
    group = parser.getgroup("linda", "Linda's broker conformance kit")
    group.addoption("--linda-url", metavar="URL", help="put the broker at URL to Linda's promises")
    group.addoption("--linda-report", metavar="FILE", help="write what was proved of which broker, as JSON")
    group.addoption("--linda-quick", action="store_true", help="leave out crowds, crashes, cuts and the model")
    group.addoption("--linda-soak", metavar="N", type=int, default=1, help="N times as many rounds where rounds count")


def pytest_configure(config: pytest.Config) -> None:
    """Listen for a report, if asked to; with a URL and no tests named, run the kit's own."""
    config.addinivalue_line("markers", "linda_declared(condition): runs where the broker declares so (set by the kit)")
    config.addinivalue_line("markers", "linda_thorough: a part of the kit that `--linda-quick` leaves out")
    file = config.getoption("--linda-report")
    if config.getoption("--linda-url") or file:
        from linda_core.conformance.report import Report

        config.pluginmanager.register(Report(Path(file) if file else None), "linda_report")
    if config.getoption("--linda-url") and config.args_source is not config.ArgsSource.ARGS:
        from importlib.util import find_spec

        spec = find_spec(TESTS)
        config.args = [str(spec.origin)] if spec else []


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leaves out what takes long, when asked to be quick."""
    if config.getoption("--linda-quick"):
        thorough = [item for item in items if item.get_closest_marker("linda_thorough")]
        items[:] = [item for item in items if item not in thorough]
        config.hook.pytest_deselected(items=thorough)
