"""Django's users for consumers, as its sessions and backends know them.

How it works: pages and sockets write into a session what Django's own login
does, so who has logged in on a page is known to a socket, and the reverse.

Source: Channels, "Authentication"; Django, "Using the Django authentication
system".
"""

import contextlib
from typing import Any

from django.conf import settings
from django.contrib import auth
from django.core.exceptions import SuspiciousOperation, ValidationError
from django.utils.crypto import constant_time_compare

from minichannels.auth.logins import LOGIN, Logins
from minichannels.contrib.django.following import name_login
from minichannels.db import database_sync_to_async
from minichannels.sessions.session import tell_nobody
from minichannels.types import Scope


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

    async def begin(self, scope: Scope, user: Any, backend: str | None) -> None:
        """Write into a scope and its session that a user has logged in.

        Raises:
            ImproperlyConfigured: there is no backend.
            ValueError: there are several backends, and none is named.
        """
        await database_sync_to_async(_begin)(scope, user, backend)

    async def end(self, session: Any, user: Any) -> tuple[Any, Any, Any]:
        """End a session; return what is said there."""
        return await database_sync_to_async(_end)(session, user)


def _find(session: Any) -> Any:
    try:
        pk = session[auth.SESSION_KEY]
        backend = session[auth.BACKEND_SESSION_KEY]
    except KeyError:
        return _nobody()
    user = None
    if backend in settings.AUTHENTICATION_BACKENDS:
        user = _user_of(backend, pk)
        if user is None:
            tell_nobody("user", "its user is gone, or is not active")
        elif not _is_of(session, user):
            tell_nobody("password", "its user has another password now")
            session.flush()
            user = None
    return user or _nobody()


def _user_of(backend: str, text: str) -> Any:
    """Return the user with a key; None if no user can have it."""
    pk = _as_key_or_none(text)
    return None if pk is None else auth.load_backend(backend).get_user(pk)


def _as_key_or_none(text: str) -> Any:
    """Return a key as users have it; None if none can have it.

    Those of a release before may have been numbers, and now be UUIDs.
    """
    try:
        return _as_key(text)
    except ValidationError:
        return None


def _as_key(text: str) -> Any:
    key: Any = auth.get_user_model()._meta.pk
    return key.to_python(text)


def _begin(scope: Scope, user: Any, backend: str | None) -> None:
    session, meta = scope["session"], user._meta
    if not backend:
        backend = user.backend if hasattr(user, "backend") else _only_backend()
    if auth.SESSION_KEY not in session:
        session.cycle_key()  # with what was in it before
    elif not _is_his(session, user):
        session.flush()
    session[auth.SESSION_KEY] = meta.pk.value_to_string(user)
    session[auth.BACKEND_SESSION_KEY] = backend
    session[auth.HASH_SESSION_KEY] = _hashes(user)[0]
    name_login(session)
    scope["user"] = user  # receivers may raise, or send others to look
    _tell(auth.user_logged_in, user)


def _end(session: Any, user: Any) -> tuple[Any, Any, Any]:
    # Channels asks a session for nothing but flush().
    key: Any = getattr(session, "session_key", None)
    get: Any = getattr(session, "get", {}.get)
    pk, name = get(auth.SESSION_KEY), get(LOGIN)
    is_expired = key and not session.session_key
    # Of a class of one's own that does not say so, everybody is.
    if user is not None and getattr(user, "is_authenticated", True):
        _tell(auth.user_logged_out, user)
    session.flush()
    if is_expired:  # whoever asked for the user has had the key dropped
        _delete(session, key)
    return _nobody(), pk, name


def _delete(session: Any, key: str) -> None:
    # The client may have made the key up, as no engine would.
    with contextlib.suppress(SuspiciousOperation):
        session.delete(key)


def _tell(signal: Any, user: Any) -> None:
    # Not type(user): one that is lazy is of its user's class.
    signal.send(sender=user.__class__, request=None, user=user)


def _nobody() -> Any:
    from django.contrib.auth.models import AnonymousUser

    return AnonymousUser()  # its module needs apps that not all projects have


def _only_backend() -> str:
    auth.get_backends()  # says whether there are any, and each is there
    backends = settings.AUTHENTICATION_BACKENDS
    if len(backends) != 1:
        raise ValueError(
            f"there are {len(backends)} AUTHENTICATION_BACKENDS, so say which"
            f" one has let the user in: login(scope, user, {backends[0]!r})"
        )
    return str(backends[0])


def _is_his(session: Any, user: Any) -> bool:
    """Return whether a session is that user's, with the present password."""
    pk = _as_key_or_none(session[auth.SESSION_KEY])
    return bool(pk == user.pk) and _is_of(session, user)


def _is_of(session: Any, user: Any) -> bool:
    """Return whether a session was begun with the user's present password."""
    if not hasattr(user, "get_session_auth_hash"):
        return True
    known = session.get(auth.HASH_SESSION_KEY)
    return bool(known) and any(
        constant_time_compare(known, hash_) for hash_ in _hashes(user)
    )


def _hashes(user: Any) -> list[str]:
    """Return what a session of the user may hold, the present hash first.

    Others were made with one of ``SECRET_KEY_FALLBACKS``. A page writes such a
    session anew; a socket cannot, for it could not tell its client the key.
    """
    if not hasattr(user, "get_session_auth_hash"):
        return [""]
    others: Any = getattr(user, "get_session_auth_fallback_hash", tuple)()
    return [user.get_session_auth_hash(), *others]
