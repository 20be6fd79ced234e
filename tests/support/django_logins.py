"""Logins of a Django project: on its pages, and in what consumers see."""

from typing import Any

from django.contrib import auth as pages
from django.contrib.auth.models import AnonymousUser, User
from django.contrib.sessions.backends.db import SessionStore
from django.http import HttpRequest

from minichannels.sessions import SessionMiddlewareStack
from minichannels.testing import ApplicationCommunicator
from minichannels.types import Receive, Scope, Send

MODEL = "django.contrib.auth.backends.ModelBackend"


async def scope_of(key: str = "") -> Scope:
    """Return the scope that an application has inside of the sessions."""
    seen = []

    async def keep(scope: Scope, receive: Receive, send: Send) -> None:
        seen.append(scope)

    cookie = (b"cookie", b"sessionid=" + key.encode())
    scope = {"type": "http", "headers": [cookie] if key else []}
    await ApplicationCommunicator(SessionMiddlewareStack(keep), scope).wait()
    return seen[0]


async def saved(scope: Scope) -> str:
    """Save a session; return its key."""
    await scope["session"].asave()
    return str(scope["session"].session_key)


def page_of(key: str | None = None, user: Any = None) -> HttpRequest:
    """Return the request of a page, with a session as Django has it."""
    request = HttpRequest()
    request.session = SessionStore(key)
    request.user = user or AnonymousUser()
    return request


def page_login(user: User) -> str:
    """Log a user in on a page; return the key of the session."""
    request = page_of()
    pages.login(request, user, MODEL)
    request.session.save()
    return str(request.session.session_key)


def page_logout(key: str, user: User) -> None:
    pages.logout(page_of(key, user))
