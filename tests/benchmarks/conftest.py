from collections.abc import Callable

import pytest

from support.measuring import HEAD, Row, machine

_rows: list[Row] = []


@pytest.fixture
def record() -> Callable[[list[Row]], None]:
    """Return a function that puts rows into the table."""
    return _rows.extend


def pytest_terminal_summary(
    terminalreporter: pytest.TerminalReporter,
) -> None:
    if _rows:
        terminalreporter.section("benchmarks")
        terminalreporter.line(f"{machine()}\n\n{HEAD}")
        for row in _rows:
            terminalreporter.line(row.markdown())
