"""Consumers of a Django project: to connect with a session, and an echo."""

import asyncio
import importlib
import time
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import pytest
from django.contrib import auth as pages
from django.contrib.sessions.backends.db import SessionStore
from django.db import connections
from django.http import HttpRequest
from django.test import override_settings

from minichannels.layers import channel_layers
from support import contestants, contestants_channels, django_settings
from support.bridge import bridged
from support.echoes import echoes
from support.measuring import OURS, Row, compared, interleaved

django_settings.set_up()

ROUNDS = 7
CONNECTS = 100
PACKAGES = {OURS: "minichannels", "Channels": "channels"}
Record = Callable[[list[Row]], None]


@pytest.fixture(autouse=True)
def project() -> Iterator[None]:
    """Users and sessions in a database, of SQLite, as in a new project."""
    model = "django.contrib.auth.backends.ModelBackend"
    engine = "django.contrib.sessions.backends.db"
    with (
        bridged(),
        override_settings(
            AUTHENTICATION_BACKENDS=[model], SESSION_ENGINE=engine
        ),
    ):
        channel_layers.configure(None)
        yield
        pages.get_user_model().objects.all().delete()


def logged_in() -> bytes:
    """Return the cookie of a user who has logged in on a page."""
    request = HttpRequest()
    request.session = SessionStore()
    user: Any = pages.get_user_model().objects.create(username="ada")
    pages.login(request, user, "django.contrib.auth.backends.ModelBackend")
    request.session.save()
    connections.close_all()  # the thread of a server's event loop has none
    return f"sessionid={request.session.session_key}".encode()


def stack(package: str) -> Any:
    load = importlib.import_module
    web = load(f"{package}.generic.websocket").AsyncWebsocketConsumer
    return load(f"{package}.auth").AuthMiddlewareStack(web.as_asgi())


async def connects(app: Any, cookie: bytes) -> float:
    """Return microseconds for a connection that is opened and closed."""
    begin = time.perf_counter()
    for _ in range(CONNECTS):
        events = [
            {"type": "websocket.connect"},
            {"type": "websocket.disconnect", "code": 1000},
        ]
        accepted = asyncio.Event()

        async def receive(
            events: Any = events, accepted: asyncio.Event = accepted
        ) -> Any:
            if len(events) == 1:
                await accepted.wait()
            return events.pop(0)

        async def send(event: Any, accepted: asyncio.Event = accepted) -> None:
            accepted.set()

        headers = [(b"cookie", cookie)]
        scope = {"type": "websocket", "path": "/", "headers": headers}
        await app(scope, receive, send)
    return (time.perf_counter() - begin) / CONNECTS * 1e6


def test_connect_with_a_session_in_a_database(record: Record) -> None:
    cookie = logged_in()
    measures = {
        name: partial(lambda app: asyncio.run(connects(app, cookie)), stack(p))
        for name, p in PACKAGES.items()
    }
    figures = interleaved(ROUNDS, measures)
    what = "connect with a session and a user in SQLite"
    record(compared(what, "µs", figures, {"Channels": (1.0, 1.2)}))


def test_echo_in_a_project_without_a_database(record: Record) -> None:
    apps = {OURS: contestants.echo, "Channels": contestants_channels.echo}
    measures = {
        name: partial(lambda app: asyncio.run(echoes(app, 1000)), app)
        for name, app in apps.items()
    }
    figures = interleaved(ROUNDS, measures)
    what = "async echo in a Django project without a database"
    record(compared(what, "µs", figures, {"Channels": (5.0, 10.0)}))
