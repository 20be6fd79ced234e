"""The same tests on Channels itself and on minichannels.

A test that takes ``package`` runs once for each, and gets what it tests from
there. Modules are imported by name: Django and Channels have no types.
"""

import importlib
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.test import override_settings

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


@pytest.fixture
def project() -> Iterator[None]:
    """Users and sessions are in the database, as in a new project."""
    bridged = importlib.import_module("support.bridge").bridged
    users: Any = importlib.import_module("django.contrib.auth").get_user_model()
    model = "django.contrib.auth.backends.ModelBackend"
    engine = "django.contrib.sessions.backends.db"
    with (
        bridged(),
        override_settings(
            AUTHENTICATION_BACKENDS=[model], SESSION_ENGINE=engine
        ),
    ):
        yield
        users.objects.all().delete()


@pytest.fixture
def key() -> str:
    """The key of a session that is there already."""
    engine = "django.contrib.sessions.backends.db"
    session: Any = importlib.import_module(engine).SessionStore()
    session["seed"] = 1
    session.save()
    return str(session.session_key)
