"""The same tests on Channels itself and on minichannels.

A test that takes ``package`` runs once for each, and gets what it tests from
there. Modules are imported by name: Django and Channels have no types.
"""

import importlib
from collections.abc import Callable
from typing import Any

import pytest

from support import django_settings

django_settings.set_up()

Load = Callable[[str], Any]


@pytest.fixture(params=["channels", "minichannels"])
def package(request: pytest.FixtureRequest) -> Load:
    """Return a function that imports a module of one of the packages."""

    def load(module: str) -> Any:
        return importlib.import_module(f"{request.param}.{module}")

    return load
