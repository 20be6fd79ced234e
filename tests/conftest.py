import gc
import inspect
import os
import signal
from pathlib import Path

import pytest

FOLDER_MARKS = ("lessons", "browser", "soak", "benchmarks")


def pytest_configure() -> None:
    """Have an interrupt be one, however the tests were started.

    A shell that starts a command in the background has it ignore interrupts.
    """
    signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.hookimpl(optionalhook=True)  # where there is no xdist
def pytest_xdist_auto_num_workers() -> int:
    """Use half as many workers again as processors: kernels are waited for."""
    return (os.cpu_count() or 2) * 3 // 2


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Give the slow folders the mark by which a command leaves them out."""
    here = Path(__file__).parent
    for item in items:
        folder = item.path.relative_to(here).parts[0]
        if folder in FOLDER_MARKS:
            item.add_marker(folder)
        if item.path.is_relative_to(here / "wild" / "packages"):
            item.add_marker("wild")
        if folder == "browser":
            # One worker and loop, so that all of them share one JupyterLab.
            item.add_marker(pytest.mark.xdist_group(folder))
            if inspect.iscoroutinefunction(getattr(item, "function", None)):
                # Before the one that every test has already.
                one_loop = pytest.mark.asyncio(loop_scope="session")
                item.add_marker(one_loop, append=False)
            # JupyterLab starts within the first; each wait has its limit.
            item.add_marker(pytest.mark.timeout(400))


def pytest_pycollect_makemodule(module_path: Path) -> None:
    """Let drawn inputs take their time: each may, on a busy machine.

    A test has a limit of its own. Before its module is read, for ``@given``
    takes the settings that there are; and only there, for Hypothesis takes a
    third of a second to be imported.
    """
    if "from hypothesis import" in module_path.read_text(encoding="utf-8"):
        from hypothesis import HealthCheck, settings

        slow = [HealthCheck.too_slow]
        settings.register_profile(
            "patient", deadline=None, suppress_health_check=slow
        )
        settings.load_profile("patient")


def pytest_collection_finish() -> None:
    """Keep what was collected out of each later look for garbage.

    It lives as long as the process, and looking at it takes a seventh of the
    time of most tests.
    """
    gc.collect()
    gc.freeze()


def pytest_terminal_summary(
    terminalreporter: pytest.TerminalReporter,
) -> None:
    """Print what the tests measured: none asserts a time, people read it."""
    reports = [
        report
        for outcome in ("passed", "failed")
        for report in terminalreporter.getreports(outcome)
    ]
    lines = [
        str(value)
        for report in reports
        for key, value in report.user_properties
        if key == "measured"
    ]
    if lines:
        terminalreporter.section("measured")
        terminalreporter.line("\n".join(sorted(lines)))
