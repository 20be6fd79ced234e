"""Who is logged in: asked of a session, and written into it.

How it works: :class:`Logins` knows what a session says of who is logged in; a
bridge puts its own in its place. Around it stand the functions that everybody
calls, which know of sockets as well.

Whoever logs in gets a new key for the session, so that a key which somebody
else has planted or seen is worth nothing. Each login has a name of its own;
all sockets that were opened with it end with it.

Source: Channels, "Authentication"; Django, "How to log a user in".
"""

import hmac
import secrets
from typing import Any, ClassVar

from minichannels._bridge import require_bridge
from minichannels._masking import short
from minichannels.auth.closing import close_sockets
from minichannels.auth.users import (
    AnonymousUser,
    UserSource,
    find_user,
    is_anybody_asked,
    loaded,
)
from minichannels.sessions import SessionDict
from minichannels.sessions.session import tell_nobody
from minichannels.types import Scope

# Django's names, as they stand in its sessions; and one of ours.
SESSION_KEY = "_auth_user_id"
BACKEND_SESSION_KEY = "_auth_user_backend"
HASH_SESSION_KEY = "_auth_user_hash"
LOGIN = "_auth_login"

AUTH = "minichannels.auth"
"""The key of the scope with what the middleware knows of a connection."""


class Logins:
    """What sessions say of who is logged in.

    Args:
        users: who knows the users; None: who knows those of the process.

    Attributes:
        default: those of connections whose users nobody has named.
    """

    default: ClassVar["Logins"]

    def __init__(self, users: UserSource | None = None) -> None:
        self.users = users

    def key(self, session: Any) -> Any:
        """Return the key of the user of a session.

        Raises:
            KeyError: nobody has logged in.
        """
        return session[SESSION_KEY]

    async def find(self, session: Any) -> Any:
        """Return the user of a session, or one who is not logged in.

        Raises:
            RuntimeError: nobody knows the users.
        """
        user, pk = None, await session.aget(SESSION_KEY)
        if pk is not None:
            user = await find_user(self.users, pk)
            if user is None:
                tell_nobody("user", "its user is gone, or is not active")
            elif not _is_same_hash(session, user):
                tell_nobody("password", "its user has another password now")
                await session.aflush()
                user = None
        elif not is_anybody_asked(self.users):
            require_bridge("users", "give AuthMiddlewareStack a function")
        return AnonymousUser() if user is None else user

    async def begin(self, scope: Scope, user: Any, backend: str | None) -> None:
        """Write into a scope and its session that a user has logged in."""
        session, pk = scope["session"], str(user.pk)
        former = await session.aget(SESSION_KEY, pk)
        if former == pk and _may_stay(session, user):
            await session.acycle_key()  # with what was in it before
        else:
            await session.aflush()
        session.update({SESSION_KEY: pk, HASH_SESSION_KEY: _hash_of(user)})
        session.update(
            {BACKEND_SESSION_KEY: backend, LOGIN: secrets.token_urlsafe(12)}
        )
        scope["user"] = user

    async def end(self, session: Any, user: Any) -> tuple[Any, Any, Any]:
        """End a session.

        Returns:
            who its client is from now on; the key of the user who was there,
            and the name of the login.
        """
        pk, name = await session.aget(SESSION_KEY), await session.aget(LOGIN)
        await session.aflush()
        return AnonymousUser(), pk, name


Logins.default = Logins()


async def get_user(scope: Scope) -> Any:
    """Return the user of a connection's session, as the users are now.

    Raises:
        ValueError: there is no session in the scope.
    """
    return await _logins(scope).find(session_of(scope))


async def refresh_user(scope: Scope) -> Any:
    """Ask again who the user is, and put that into ``scope["user"]``.

    A WebSocket may be open for days: what was true when it was opened need
    not be true now. The session is read anew; if there is something in it that
    is yet to be saved, then for this question alone.
    """
    session = session_of(scope)
    asked = scope
    if not session.modified:
        await session.areload()
    elif AUTH in scope:
        asked = scope[AUTH].as_kept(scope)
    who = scope[AUTH].who if AUTH in scope else get_user
    scope["user"] = await loaded(await who(asked))
    return scope["user"]


async def login(scope: Scope, user: Any, backend: str | None = None) -> None:
    """Log a user in.

    Args:
        scope: of the connection.
        user: the user; None for the one in the scope.
        backend: is written into the session, as Channels does.

    Raises:
        ValueError: there is no session, or nobody who could log in.
    """
    session_of(scope)
    user = await loaded(scope.get("user") if user is None else user)
    if not getattr(user, "is_authenticated", False):
        raise ValueError(f"only a user can log in, and {short(user)} is none")
    await _logins(scope).begin(scope, user, backend)
    if AUTH in scope:
        await scope[AUTH].join(scope)


async def logout(scope: Scope) -> None:
    """Log the user out: the session ends, and all sockets of this login.

    The socket that this is called for stays open, without a user.
    """
    session, user = session_of(scope), scope.get("user")
    nobody, pk, name = await _logins(scope).end(session, user)
    if "user" in scope:
        scope["user"] = nobody
    layer = None
    if AUTH in scope:
        layer = scope[AUTH].layer
        await scope[AUTH].leave()
    if isinstance(pk, str | int):  # a test's session may have anything
        await close_sockets(pk, login=name, layer=layer)


def _get_user_session_key(session: Any) -> Any:
    # Channels' own name, which programs import that find users by themselves.
    return Logins.default.key(session)


def _logins(scope: Scope) -> "Logins":
    """Return who knows the logins of a connection."""
    users = scope[AUTH].users if AUTH in scope else None
    return Logins.default if users is None else Logins(users)


def session_of(scope: Scope) -> SessionDict:
    """Return the session of a connection.

    Raises:
        ValueError: there is none.
    """
    if "session" not in scope:
        raise ValueError(
            "the scope has no session; wrap the application in"
            " SessionMiddlewareStack or AuthMiddlewareStack"
        )
    session: SessionDict = scope["session"]
    return session


def _hash_of(user: Any) -> str:
    get_hash = getattr(user, "get_session_auth_hash", None)
    return "" if get_hash is None else str(get_hash())


def _is_same_hash(session: SessionDict, user: Any) -> bool:
    """Return whether a session was begun with the user's present password."""
    if not hasattr(user, "get_session_auth_hash"):
        return True
    known = str(session.get(HASH_SESSION_KEY) or "")
    # In a time that does not tell how much of it is right.
    return hmac.compare_digest(known.encode(), _hash_of(user).encode())


def _may_stay(session: SessionDict, user: Any) -> bool:
    return SESSION_KEY not in session or _is_same_hash(session, user)
