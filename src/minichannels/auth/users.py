"""Who a user is, and who knows the users.

How it works: a session holds no user but a user's key, as text. Somebody has
to know whom that is: a function of yours, plain or ``async``, from a key to
an object, or to None if there is no such user any more. Of that object the
library asks four things, the last two only if it has them:

    pk                        its key
    is_authenticated          True; of somebody who is not logged in, False
    is_active                 False for who may not come in any more
    get_session_auth_hash()   a text that changes with the password: then all
                              sessions end that were begun with another one

Source: Channels, "Authentication".
"""

import inspect
from typing import Any, Protocol

from minichannels.db import database_sync_to_async


class UserSource(Protocol):
    """A function that knows the users; it may be a coroutine function."""

    def __call__(self, pk: str, /) -> Any:
        """Return the user with a key; None if there is no such user."""


class AnonymousUser:
    """Somebody who is not logged in."""

    pk = id = None
    username = ""
    is_authenticated = is_active = False
    is_anonymous = True

    def __eq__(self, other: object) -> bool:
        return isinstance(other, AnonymousUser)

    def __hash__(self) -> int:
        return hash(AnonymousUser)

    def __repr__(self) -> str:
        return "AnonymousUser"


class _Directory:
    """Who knows the users, if a middleware is not told."""

    users: UserSource | None = None


def set_users(users: UserSource | None) -> UserSource | None:
    """Say who knows the users of this process; return who did before."""
    before, _Directory.users = _Directory.users, users
    return before


def is_anybody_asked(users: UserSource | None) -> bool:
    """Return whether somebody knows the users: the one given, or another."""
    return users is not None or _Directory.users is not None


async def loaded(user: Any) -> Any:
    """Return a user; one that is lazy has been loaded, in a thread.

    What loads it may ask a database, for which no event loop should wait.
    """
    # What stands for a user in the scope may hold one who is lazy.
    held = getattr(user, "__dict__", {}).get("_wrapped", user)
    # Lazy objects of Django have it. Of the class: the user may be loaded so.
    if any(hasattr(type(each), "_setup") for each in (user, held)):
        await database_sync_to_async(lambda: getattr(user, "pk", None))()
    return user


async def find_user(users: UserSource | None, pk: str) -> Any:
    """Return the user with a key; None if nobody may come in with it.

    Raises:
        RuntimeError: nobody knows the users.
    """
    source = _Directory.users if users is None else users
    if source is None:
        raise RuntimeError(
            "nobody knows the users; give AuthMiddlewareStack(application,"
            " users) or set_users(users) a function from a key to a user"
        )
    user = source(pk)
    if inspect.isawaitable(user):
        user = await user
    return user if getattr(user, "is_active", True) else None
