"""A Django project that has not named the bridge hears of it."""

import logging
import subprocess
import sys
from typing import Any

import pytest

from minichannels import db
from minichannels.auth import AuthMiddleware, AuthMiddlewareStack
from minichannels.auth.logins import Logins
from minichannels.consumer import SyncConsumer
from minichannels.db import database, database_sync_to_async
from minichannels.sessions import (
    InstanceSessionWrapper,
    MemoryStore,
    SessionDict,
    SessionMiddlewareStack,
)
from minichannels.sessions.middleware import SessionHome
from minichannels.testing import ApplicationCommunicator
from minichannels.types import Receive, Scope, Send

REQUEST: Any = {"type": "http", "method": "GET", "path": "/", "headers": []}
BRIDGE = "minichannels.contrib.django.apps"


@pytest.fixture(autouse=True)
def bridge(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have none, in place of that of the other tests here."""
    monkeypatch.delitem(sys.modules, BRIDGE)
    monkeypatch.setattr(
        InstanceSessionWrapper, "_minichannels_home", SessionHome()
    )
    monkeypatch.setattr(Logins, "default", Logins())
    monkeypatch.setattr(database, "around", db.Database.around)
    db._say_what_is_left_out.cache_clear()


async def answer(scope: Scope, receive: Receive, send: Send) -> None:
    who = scope.get("user")
    await send({"type": "answered", "user": repr(who)})


async def answer_of(app: Any, **more: Any) -> Any:
    return await ApplicationCommunicator(app, REQUEST | more).receive_output()


@pytest.mark.parametrize("stack", [SessionMiddlewareStack, AuthMiddlewareStack])
async def test_sessions_in_memory_are_not_taken_for_the_projects(
    stack: Any,
) -> None:
    with pytest.raises(
        RuntimeError, match=r"sessions of this .*INSTALLED_APPS"
    ):
        await answer_of(stack(answer))


async def test_somebody_whom_nobody_was_asked_for_is_not_anonymous() -> None:
    session = SessionDict(MemoryStore(), "")

    with pytest.raises(RuntimeError, match=r"users of this .*INSTALLED_APPS"):
        await answer_of(AuthMiddleware(answer), session=session)


async def test_what_is_given_needs_no_bridge() -> None:
    app = AuthMiddlewareStack(answer, lambda pk: None, MemoryStore())

    said = await answer_of(app)

    assert said == {"type": "answered", "user": "AnonymousUser"}


async def test_code_for_a_database_is_said_to_be_without_the_bridge(
    caplog: pytest.LogCaptureFixture,
) -> None:
    class Asks(SyncConsumer):
        def ask(self, event: Any) -> None:
            self.send({"type": "asked"})

    with caplog.at_level(logging.WARNING, "minichannels"):
        for _ in range(2):
            assert await database_sync_to_async(int)("7") == 7
        communicator = ApplicationCommunicator(Asks.as_asgi(), {"type": "t"})
        async with communicator:
            await communicator.send_input({"type": "ask"})
            assert await communicator.receive_output() == {"type": "asked"}

    (said,) = [record.getMessage() for record in caplog.records]
    assert said.startswith("connections to the database are not looked after")


PROJECT = """
import asyncio, django
from django.conf import settings

settings.configure(INSTALLED_APPS={apps})
django.setup()

from minichannels.auth import AuthMiddlewareStack
from minichannels.testing import WebsocketCommunicator

async def app(scope, receive, send):
    await send({{"type": "websocket.close"}})

client = WebsocketCommunicator(AuthMiddlewareStack(app), "/")
print(asyncio.run(client.connect())[0])
"""


def ended(*apps: str) -> tuple[str, str]:
    """Return what a project prints, and how it ends."""
    code = PROJECT.format(apps=["django.contrib.auth", TYPES, *apps])
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    return done.stdout.strip(), done.stderr.strip().rpartition("\n")[2]


TYPES = "django.contrib.contenttypes"


def test_a_whole_project_says_what_to_name() -> None:
    assert ended("django.contrib.sessions", "minichannels") == ("False", "")
    printed, error = ended("django.contrib.sessions")
    assert printed == ""
    assert error.startswith("RuntimeError: nobody knows the sessions of this")
