"""The plugin that pytest loads wherever minichannels is installed.

It stands beside the package: without ``--flow`` nothing of that is imported.
"""

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
        from minichannels.contrib.pytest_flow import FlowPlugin

        config.pluginmanager.register(FlowPlugin(config), "minichannels-flow")
