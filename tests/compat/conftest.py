"""The same tests on Channels itself and on minichannels.

A test that takes ``package`` runs once for each, and gets what it tests from
there. Modules are imported by name: Django and Channels have no types.
"""

import importlib
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from support import django_settings
from support.both import fresh_layers

django_settings.set_up()

Load = Callable[[str], Any]


@pytest.fixture(params=["channels", "minichannels"])
def package(request: pytest.FixtureRequest) -> Load:
    """Return a function that imports a module of one of the packages."""

    def load(module: str) -> Any:
        return importlib.import_module(f"{request.param}.{module}")

    return load


@pytest.fixture
def layers() -> Iterator[dict[str, Any]]:
    """Have each package a layer of its own, which is new."""
    with fresh_layers() as layers:
        yield layers
