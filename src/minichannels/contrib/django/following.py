"""What Django tells of its users, and the sockets that end by it.

How it works: Django sends signals when somebody logs in or out on a page, and
when a user is saved or deleted. A login gets a name, as a socket's does, and
when it ends, so do its sockets. What a save has changed is not known, so the
user's sockets each ask whether they would still be let in: with an account
that was deactivated or deleted, or another password, they would not.

All of it happens once it is true in the database, for every process on the
channel layer. The ``update`` of a query sends no signals. Projects send these
signals, too, and leave out what their own receivers do not read.

Source: Django, "Signals", and "Using the Django authentication system".
"""

import functools
import logging
import secrets
from collections.abc import Callable
from typing import Any

from asgiref.sync import async_to_sync
from django.apps import apps
from django.contrib import auth
from django.core.exceptions import ImproperlyConfigured
from django.db import connections, transaction
from django.db.models.signals import post_delete, post_save
from django.db.utils import DEFAULT_DB_ALIAS

from minichannels.auth import check_sockets, close_sockets
from minichannels.auth.logins import LOGIN

logger = logging.getLogger("minichannels")


def follow_pages() -> None:
    """Notice from now on who logs in and out on a page."""
    auth.user_logged_in.connect(_logged_in, dispatch_uid="minichannels")
    auth.user_logged_out.connect(_logged_out, dispatch_uid="minichannels")


def follow_users() -> None:
    """Notice from now on which users are saved and deleted."""
    # Each model by name: a receiver for all would cost every other model the
    # short way to delete many rows.
    for model in models_of_users():
        for signal in (post_save, post_delete):
            signal.connect(_changed, sender=model, dispatch_uid="minichannels")


def models_of_users() -> list[Any]:
    """Return the model of the project's users, and what derives from it."""
    try:
        users = auth.get_user_model()
    except ImproperlyConfigured:  # a project without users
        return []
    return [model for model in apps.get_models() if issubclass(model, users)]


def name_login(session: Any) -> None:
    """Give the login of a session its name, unless it has one."""
    session.setdefault(LOGIN, secrets.token_urlsafe(12))


def _logged_in(request: Any = None, **_: Any) -> None:
    if hasattr(request, "session"):
        name_login(request.session)


def _logged_out(request: Any = None, user: Any = None, **_: Any) -> None:
    if user is not None and hasattr(request, "session"):
        login = request.session.get(LOGIN)
        _once_true(functools.partial(_close_sockets, user, login))


def _changed(
    instance: Any,
    using: str = DEFAULT_DB_ALIAS,
    created: bool = False,
    update_fields: frozenset[str] | None = None,
    **_: Any,
) -> None:
    """Have a user's sockets asked, unless nothing of theirs has changed."""
    # The second is what Django saves at each login.
    if not created and update_fields != frozenset({"last_login"}):
        # A deleted user loses its key, so that is taken now.
        _once_true(functools.partial(_check_sockets, instance.pk), using)


def _once_true(tell: Callable[[], None], using: str = DEFAULT_DB_ALIAS) -> None:
    """Call a function when the transaction is over, if there is one."""
    if connections[using].in_atomic_block:
        transaction.on_commit(tell, using=using)
    else:
        tell()


def _close_sockets(user: Any, login: str | None) -> None:
    try:
        async_to_sync(close_sockets)(user, login=login)
    except Exception as error:  # of the layer; the logout goes on
        _log("a logout has not closed the user's sockets", error)


def _check_sockets(pk: Any) -> None:
    try:
        async_to_sync(check_sockets)(pk)
    except Exception as error:  # of the layer; the change goes on
        _log("a user's sockets were not told of a change", error)


def _log(what: str, error: Exception) -> None:
    # Its text may hold the address of the layer, with a password.
    logger.error("%s: %s", what, type(error).__name__)
