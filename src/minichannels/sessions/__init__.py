"""Cookies and sessions: what a client is known by, from visit to visit.

``minichannels.sessions.signed`` is a store that needs a package of its own.

Source: Channels, "Sessions".
"""

from minichannels.db import database_sync_to_async
from minichannels.sessions.cookies import CookieMiddleware
from minichannels.sessions.middleware import (
    InstanceSessionWrapper,
    SessionCookie,
    SessionMiddleware,
    SessionMiddlewareStack,
)
from minichannels.sessions.session import SessionDict
from minichannels.sessions.stores import MemoryStore, SessionStore

__all__ = [
    "CookieMiddleware",
    "InstanceSessionWrapper",
    "MemoryStore",
    "SessionCookie",
    "SessionDict",
    "SessionMiddleware",
    "SessionMiddlewareStack",
    "SessionStore",
    "database_sync_to_async",
]
