from collections.abc import Iterator
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.test import override_settings

from support import django_settings
from support.bridge import bridged

django_settings.set_up()
# Those that compare have Channels' own; here nothing of Channels is needed.
OURS = {"default": {"BACKEND": "minichannels.layers.InMemoryChannelLayer"}}


@pytest.fixture(autouse=True)
def bridge() -> Iterator[None]:
    """Each test here runs as in a project that names minichannels."""
    with override_settings(CHANNEL_LAYERS=OURS), bridged():
        yield


@pytest.fixture
def database() -> Iterator[Any]:
    """Users and sessions are in the database, as in a new project.

    Returns:
        What makes users.
    """
    with override_settings(
        AUTHENTICATION_BACKENDS=["django.contrib.auth.backends.ModelBackend"],
        SESSION_ENGINE="django.contrib.sessions.backends.db",
    ):
        users = get_user_model().objects
        yield users
        users.all().delete()


@pytest.fixture
def ada(database: Any) -> Any:
    return database.create_user("ada", password="lovelace")


@pytest.fixture
def eve(database: Any) -> Any:
    return database.create_user("eve", password="apple")
