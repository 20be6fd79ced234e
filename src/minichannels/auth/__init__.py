"""Who is connected: users, and what ends when they log out.

Source: Channels, "Authentication".
"""

from minichannels.auth.closing import check_sockets, close_sockets
from minichannels.auth.logins import get_user, login, logout, refresh_user
from minichannels.auth.middleware import (
    AuthMiddleware,
    AuthMiddlewareStack,
    UserLazyObject,
)
from minichannels.auth.users import AnonymousUser, UserSource, set_users

__all__ = [
    "AnonymousUser",
    "AuthMiddleware",
    "AuthMiddlewareStack",
    "UserLazyObject",
    "UserSource",
    "check_sockets",
    "close_sockets",
    "get_user",
    "login",
    "logout",
    "refresh_user",
    "set_users",
]
