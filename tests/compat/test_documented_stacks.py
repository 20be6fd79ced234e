"""What Channels' documentation says of whole stacks, HTTP and connections.

Sources: Channels 4.3, "Sessions", "Authentication" and "Database Access".
"""

from collections.abc import Callable
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from django.contrib import auth as pages
from django.contrib.auth.models import User
from django.contrib.sessions.backends.db import SessionStore
from django.db import connection
from django.http import HttpRequest
from django.test import override_settings
from django.urls import re_path

from minichannels.testing import (
    ApplicationCommunicator,
    HttpCommunicator,
    WebsocketCommunicator,
)
from minichannels.types import Message, Receive, Scope, Send

Load = Callable[[str], Any]
pytestmark = pytest.mark.usefixtures("project")

MODEL = "django.contrib.auth.backends.ModelBackend"


@pytest.fixture
def ada() -> User:
    return User.objects.create_user("ada")


def logged_in(user: User) -> str:
    """Log a user in on a page; return the key of the session."""
    request = HttpRequest()
    request.session = SessionStore()
    pages.login(request, user, MODEL)
    request.session.save()
    return str(request.session.session_key)


def with_key(key: str) -> list[tuple[bytes, bytes]]:
    return [(b"cookie", f"sessionid={key}".encode())]


@sync_to_async
def kept(key: str) -> dict[str, Any]:
    """Return what another connection, or a page, sees of a session."""
    return dict(SessionStore(key).items())


# Stacks


@pytest.mark.parametrize("of", ["sessions.Session", "auth.Auth"])
@pytest.mark.parametrize("origin", ["allowed", "evil"])
async def test_stack_stands_between_the_validator_and_a_router(
    package: Load, of: str, origin: str, ada: User
) -> None:
    web, routing = package("generic.websocket"), package("routing")
    validator = package("security.websocket").AllowedHostsOriginValidator
    module, _, name = of.partition(".")
    stack = getattr(package(module), f"{name}MiddlewareStack")

    class Chat(web.WebsocketConsumer):  # type: ignore[name-defined, misc]
        def connect(self) -> None:
            self.scope["session"]["seed"] = 2
            self.accept()
            who = self.scope.get("user", "nobody asks")
            self.send(f"{who}, {self.scope['session']['seed']}")

    router = routing.URLRouter([re_path(r"^front(end)/$", Chat.as_asgi())])
    app = routing.ProtocolTypeRouter({"websocket": validator(stack(router))})
    headers = with_key(await sync_to_async(logged_in)(ada))
    headers.append((b"origin", f"http://{origin}.example".encode()))

    async with WebsocketCommunicator(app, "/frontend/", headers) as client:
        accepted, _ = await client.connect()
        heard = await client.receive_from() if accepted else None

    who = "ada" if name == "Auth" else "nobody asks"
    assert heard == (f"{who}, 2" if origin == "allowed" else None)


async def test_user_may_come_from_another_protocol(
    package: Load, ada: User
) -> None:
    consumer = package("consumer").AsyncConsumer
    find = package("db").database_sync_to_async(User.objects.get)

    class ByNick:
        def __init__(self, app: Any) -> None:
            self.app = app

        async def __call__(
            self, scope: Scope, receive: Receive, send: Send
        ) -> Any:
            user = await find(username=scope["nick"])
            return await self.app(dict(scope, user=user), receive, send)

    class Chat(consumer):  # type: ignore[misc, valid-type]
        async def chat_message(self, event: Message) -> None:
            who = self.scope["user"].username
            await self.send({"type": "chat.reply", "text": f"hello, {who}"})

    app = package("routing").ProtocolTypeRouter(
        {"chat": ByNick(Chat.as_asgi())}
    )
    scope = {"type": "chat", "nick": "ada"}
    async with ApplicationCommunicator(app, scope) as client:
        await client.send_input({"type": "chat.message"})
        assert (await client.receive_output())["text"] == "hello, ada"


async def test_login_may_name_its_backend(package: Load, ada: User) -> None:
    other = MODEL.replace("Model", "AllowAllUsersModel")
    auth = package("auth")
    with override_settings(AUTHENTICATION_BACKENDS=[MODEL, other]):
        scope: Scope = {"session": SessionStore()}
        await auth.login(scope, ada, backend=other)

        assert await scope["session"].aget(pages.BACKEND_SESSION_KEY) == other
        assert await auth.get_user(scope) == ada


# HTTP


@pytest.mark.parametrize(
    ("status", "seed"), [(200, 2), (302, 2), (404, 2), (500, 1)]
)
async def test_http_consumer_saves_unless_its_answer_is_500(
    package: Load, status: int, seed: int, key: str
) -> None:
    http = package("generic.http")

    class Page(http.AsyncHttpConsumer):  # type: ignore[name-defined, misc]
        async def handle(self, body: bytes) -> None:
            await self.scope["session"].aset("seed", 2)
            await self.send_response(status, str(self.scope["user"]).encode())

    app = package("auth").AuthMiddlewareStack(Page.as_asgi())
    client = HttpCommunicator(app, "GET", "/", headers=with_key(key))
    response = await client.get_response()
    await client.wait()

    assert response["body"] == b"AnonymousUser"
    assert await kept(key) == {"seed": seed}


async def test_login_after_the_response_has_begun_has_to_be_saved(
    package: Load, ada: User, key: str
) -> None:
    http, auth = package("generic.http"), package("auth")
    save = package("db").database_sync_to_async
    seen = []

    class Page(http.AsyncHttpConsumer):  # type: ignore[name-defined, misc]
        async def handle(self, body: bytes) -> None:
            await self.send_headers()
            await self.send_body(b"wait", more_body=True)
            session = self.scope["session"]
            await auth.login(self.scope, ada)
            seen.append(await kept(session.session_key))
            await self.send_body(b"")
            seen.append(await kept(session.session_key))
            await save(session.save)()
            seen.append(await kept(session.session_key))

    app = auth.AuthMiddlewareStack(Page.as_asgi())
    client = HttpCommunicator(app, "GET", "/", headers=with_key(key))
    await client.get_response()
    await client.wait()

    knows = [pages.SESSION_KEY in data for data in seen]
    assert knows == [False, False, True]


# Connections to the database


def is_open() -> bool:
    return connection.connection is not None


async def test_async_consumer_closes_old_connections_as_events_come(
    package: Load,
) -> None:
    web, db = package("generic.websocket"), package("db")
    notes = []

    async def note(what: str) -> None:
        notes.append((what, await sync_to_async(is_open)()))

    class Asks(web.AsyncWebsocketConsumer):  # type: ignore[name-defined, misc]
        async def connect(self) -> None:
            await note("connect")
            await User.objects.acount()
            await self.accept()

        async def receive(self, text_data: str) -> None:
            await note("receive")
            await User.objects.acount()
            await self.send("an answer")
            await note("after sending")
            await db.aclose_old_connections()
            await note("by hand")
            await User.objects.acount()

        async def disconnect(self, code: int) -> None:
            await note("disconnect")

    await User.objects.acount()  # as a page may have left it
    async with WebsocketCommunicator(Asks.as_asgi(), "/") as client:
        await client.connect()
        await client.send_to("a question")
        await client.receive_from()
        await client.disconnect()

    assert notes == [
        ("connect", False),
        ("receive", False),
        ("after sending", True),
        ("by hand", False),
        ("disconnect", False),
    ]
