"""Who is connected: users, and what ends when they log out.

Source: Channels, "Authentication".
"""

import importlib
from typing import Any

from minichannels.auth.closing import check_sockets, close_sockets
from minichannels.auth.logins import (
    BACKEND_SESSION_KEY,
    HASH_SESSION_KEY,
    SESSION_KEY,
    get_user,
    login,
    logout,
    refresh_user,
)
from minichannels.auth.logins import (
    _get_user_session_key as _get_user_session_key,
)
from minichannels.auth.middleware import (
    AuthMiddleware,
    AuthMiddlewareStack,
    UserLazyObject,
)
from minichannels.auth.users import AnonymousUser, UserSource, set_users
from minichannels.db import database_sync_to_async
from minichannels.middleware import BaseMiddleware
from minichannels.sessions import CookieMiddleware, SessionMiddleware

# Some are from elsewhere: programs for Channels import them from here, too.
__all__ = [
    "BACKEND_SESSION_KEY",
    "HASH_SESSION_KEY",
    "SESSION_KEY",
    "AnonymousUser",
    "AuthMiddleware",
    "AuthMiddlewareStack",
    "BaseMiddleware",
    "CookieMiddleware",
    "SessionMiddleware",
    "UserLazyObject",
    "UserSource",
    "check_sockets",
    "close_sockets",
    "database_sync_to_async",
    "get_user",
    "login",
    "logout",
    "refresh_user",
    "set_users",
]

_DJANGOS = {
    "get_user_model",
    "load_backend",
    "user_logged_in",
    "user_logged_out",
}


def __getattr__(name: str) -> Any:
    # Channels has them here, and editors say so; whoever names one has Django.
    if name in _DJANGOS:
        return getattr(importlib.import_module("django.contrib.auth"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
