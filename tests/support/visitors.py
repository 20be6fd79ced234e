"""Who comes to a consumer of Channels, or to the same one here: Django's users.

Modules are imported by name: Django and Channels have no types.
"""

import importlib
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from minichannels.auth import set_users
from minichannels.sessions import MemoryStore, SessionDict
from support.django_settings import Backend


@contextmanager
def same_users() -> Iterator[None]:
    """Have both libraries know the same users."""
    before = set_users(lambda pk: Backend.users.get(int(pk)))
    yield
    set_users(before)
    Backend.users.clear()


async def who_is_there(package: str, name: str | None) -> dict[str, Any]:
    """Return what a package's middlewares add, for a user who has logged in.

    Args:
        package: ``channels`` or ``minichannels``.
        name: the user's; None for somebody who has not.
    """
    auth = importlib.import_module(f"{package}.auth")
    models: Any = importlib.import_module("django.contrib.auth.models")
    scope: dict[str, Any] = {"session": SessionDict(MemoryStore())}
    if package == "channels":
        engine = "django.contrib.sessions.backends.cache"
        scope["session"] = importlib.import_module(engine).SessionStore()
    if name is not None:
        Backend.users[1] = user = models.User(pk=1, username=name)
        await auth.login(scope, user)
    return {**scope, "user": await auth.get_user(scope)}
