"""The plugin that pytest loads wherever minichannels is installed.

It stands beside the package: without ``--flow`` nothing of that is imported.
"""

import pluggy
import pytest


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the options."""
    group = parser.getgroup("minichannels")
    group.addoption(
        "--flow",
        action="store_true",
        help="show the flow of each test that fails: what moved between its"
        " communicators or clients, its applications and channel layers",
    )
    group.addoption(
        "--flow-dir",
        metavar="FOLDER",
        help="where the pictures of these flows are saved; by default in"
        " pytest's cache",
    )


def pytest_configure(config: pytest.Config) -> None:
    """Record tests, if that is asked for."""
    if config.getoption("flow"):
        _require_wrappers()
        from minichannels.contrib.pytest_flow import FlowPlugin

        config.pluginmanager.register(FlowPlugin(config), "minichannels-flow")


def _require_wrappers() -> None:
    """Raise unless plugins can wrap what others do, with what pytest has.

    Raises:
        pytest.UsageError: they cannot; says what to install.
    """
    first, second, *_ = pluggy.__version__.split(".")
    if (int(first), int(second)) < (1, 2):
        raise pytest.UsageError(
            "--flow needs pluggy 1.2 or newer, which newer versions of pytest"
            f" bring, and this is {pluggy.__version__}; run pip install"
            " --upgrade pytest pluggy"
        )
