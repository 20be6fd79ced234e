"""Django's users for consumers, as its sessions and backends know them.

How it works: pages and sockets write into a session what Django's own login
does, so who has logged in on a page is known to a socket, and the reverse.

Source: Channels, "Authentication"; Django, "Using the Django authentication
system".
"""

from typing import Any

from django.conf import settings
from django.contrib import auth
from django.core.exceptions import ValidationError
from django.utils.crypto import constant_time_compare

from minichannels.auth.logins import Logins
from minichannels.contrib.django.following import name_login
from minichannels.db import database_sync_to_async
from minichannels.sessions.session import tell_nobody


class DjangoLogins(Logins):
    """What Django's sessions say of who is logged in."""

    def key(self, session: Any) -> Any:
        """Return the key of the user of a session, as users have it.

        Raises:
            KeyError: nobody has logged in.
            ValidationError: no user can have it.
        """
        return _as_key(session[auth.SESSION_KEY])

    async def find(self, session: Any) -> Any:
        """Return the user of a session, or one who is not logged in."""
        return await database_sync_to_async(_find)(session)

    async def begin(self, session: Any, user: Any, backend: str | None) -> None:
        """Write into a session that a user has logged in.

        Raises:
            ValueError: there are several backends, and none is named.
        """
        await database_sync_to_async(_begin)(session, user, backend)

    async def end(self, session: Any, user: Any) -> Any:
        """End a session; return who its client is from now on."""
        return await database_sync_to_async(_end)(session, user)


def _find(session: Any) -> Any:
    user, backend = None, session.get(auth.BACKEND_SESSION_KEY)
    pk = session.get(auth.SESSION_KEY)
    if pk is not None and backend in settings.AUTHENTICATION_BACKENDS:
        user = _user_of(backend, pk)
        if user is None:
            tell_nobody("user", "its user is gone, or is not active")
        elif not _is_of(session, user):
            tell_nobody("password", "its user has another password now")
            session.flush()
            user = None
    return _nobody() if user is None else user


def _user_of(backend: str, text: str) -> Any:
    """Return the user with a key; None if no user can have it.

    Those of a release before may have been numbers, and now be UUIDs.
    """
    try:
        pk = _as_key(text)
    except ValidationError:
        return None
    return auth.load_backend(backend).get_user(pk)


def _as_key(text: str) -> Any:
    key: Any = auth.get_user_model()._meta.pk
    return key.to_python(text)


def _begin(session: Any, user: Any, backend: str | None) -> None:
    backend = backend or getattr(user, "backend", None) or _only_backend()
    pk = user._meta.pk.value_to_string(user)
    if auth.SESSION_KEY not in session:
        session.cycle_key()  # with what was in it before
    elif session[auth.SESSION_KEY] != pk or not _is_of(session, user):
        session.flush()
    session[auth.SESSION_KEY] = pk
    session[auth.BACKEND_SESSION_KEY] = backend
    session[auth.HASH_SESSION_KEY] = _hashes(user)[0]
    name_login(session)
    auth.user_logged_in.send(sender=type(user), request=None, user=user)


def _end(session: Any, user: Any) -> Any:
    if getattr(user, "is_authenticated", False):
        auth.user_logged_out.send(sender=type(user), request=None, user=user)
    session.flush()
    return _nobody()


def _nobody() -> Any:
    from django.contrib.auth.models import AnonymousUser

    return AnonymousUser()  # its module needs apps that not all projects have


def _only_backend() -> str:
    backends = settings.AUTHENTICATION_BACKENDS
    if len(backends) != 1:
        raise ValueError(
            f"there are {len(backends)} AUTHENTICATION_BACKENDS, so say which"
            f" one has let the user in: login(scope, user, {backends[0]!r})"
        )
    return str(backends[0])


def _is_of(session: Any, user: Any) -> bool:
    """Return whether a session was begun with the user's present password."""
    known = session.get(auth.HASH_SESSION_KEY) or ""
    return any(constant_time_compare(known, hash_) for hash_ in _hashes(user))


def _hashes(user: Any) -> list[str]:
    """Return what a session of the user may hold, the present hash first.

    Others were made with one of ``SECRET_KEY_FALLBACKS``. A page writes such a
    session anew; a socket cannot, for it could not tell its client the key.
    """
    if not hasattr(user, "get_session_auth_hash"):
        return [""]
    others: Any = getattr(user, "get_session_auth_fallback_hash", tuple)()
    return [user.get_session_auth_hash(), *others]
