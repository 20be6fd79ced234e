"""Who is logged in, without a question that would load it."""

import importlib
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.authentication import (
    AuthCredentials,
    AuthenticationBackend,
    SimpleUser,
    UnauthenticatedUser,
)
from starlette.middleware import Middleware
from starlette.middleware.authentication import AuthenticationMiddleware
from starlette.requests import HTTPConnection, Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from minichannels.auth import AnonymousUser, UserLazyObject
from minichannels.flow import Recorder, record
from minichannels.flow.recording.users import (
    LONGEST,
    UserLook,
    name_of_user,
    user_of_django,
)
from minichannels.generic.websocket import AsyncWebsocketConsumer
from minichannels.testing import HttpCommunicator, WebsocketCommunicator
from minichannels.types import ASGIApp, Receive, Scope, Send
from support import django_settings
from support.users import Users, site

django_settings.set_up()
_models: Any = importlib.import_module("django.contrib.auth.models")
_lazy: Any = importlib.import_module("django.utils.functional")
_channels: Any = importlib.import_module("channels.generic.websocket")
_auth: Any = importlib.import_module("channels.auth")


class Row:
    """A user of whom only the key is there; all else would be queried."""

    def __init__(self, pk: Any) -> None:
        self.pk = pk

    @property
    def username(self) -> str:
        raise AssertionError("asked for")


class Slots:
    """A user without a dict; her name may not be there yet."""

    __slots__ = ("username",)

    username: str


class Mail:
    USERNAME_FIELD = "email"

    def __init__(self) -> None:
        self.username, self.email = "x", "ada@example.org"


@dataclass
class Guest:
    username: str = "guest"
    is_authenticated: bool = False


def slotted() -> Slots:
    user = Slots()
    user.username = "ada"
    return user


def loaded(user: Any) -> Any:
    found = UserLazyObject()
    found._wrapped = user
    return found


def lazy(asked: bool) -> Any:
    """Return a lazy object of Django, which has been asked for or not."""
    found = _lazy.SimpleLazyObject(lambda: SimpleUser("ada"))
    if asked:
        assert found.username
    return found


@pytest.mark.parametrize(
    ("user", "name"),
    [
        (lambda: "ada", "ada"),
        (lambda: SimpleUser("ada"), "ada"),
        (lambda: {"username": "ada"}, "ada"),
        (lambda: {"id": 7}, ""),
        (slotted, "ada"),
        (Slots, ""),
        (Mail, "ada@example.org"),
        (lambda: Row("ada"), "ada"),
        (lambda: Row(7), ""),
        (lambda: _models.User(username="ada"), "ada"),
        (lambda: loaded(SimpleUser("ada")), "ada"),
        (lambda: lazy(asked=True), "ada"),
        (lambda: lazy(asked=False), ""),
        (lambda: SimpleUser("a" * 900), "a" * 900),
        (lambda: loaded(AnonymousUser()), ""),
        *((made, "") for made in (object, Guest, AnonymousUser)),
        *((made, "") for made in (UserLazyObject, UnauthenticatedUser)),
        (_models.AnonymousUser, ""),
        (lambda: None, ""),
    ],
)
def test_name_is_what_stands_in_a_user(
    user: Callable[[], Any], name: str
) -> None:
    assert name_of_user(user()) == name


def test_lazy_object_is_not_loaded() -> None:
    user = _lazy.SimpleLazyObject(lambda: pytest.fail("loaded"))

    assert name_of_user(user) == ""


def test_look_tells_a_name_once_and_of_the_scope_that_has_it() -> None:
    look, scope = UserLook(), {"user": UserLazyObject()}
    look.scopes += [{}, scope]

    assert look.look() == ""
    scope["user"]._wrapped = SimpleUser("ada")
    assert [look.look(), look.look()] == ["ada", ""]


def test_of_two_who_are_logged_in_the_inner_one_is_named_once() -> None:
    look = UserLook()
    look.scopes += [{"user": "ada"}, {"user": "bob"}]

    assert [look.look() for _ in range(3)] == ["bob", "", ""]


def test_look_takes_no_scope_from_what_has_none() -> None:
    look = UserLook()
    for thing in (object(), slotted(), Mail()):
        look.looks_at(thing)

    assert look.scopes == []


# At a connection


class Backend(AuthenticationBackend):
    async def authenticate(self, conn: HTTPConnection) -> Any:
        name = conn.query_params.get("user")
        return name and (AuthCredentials([]), SimpleUser(name))


async def hello(request: Request) -> PlainTextResponse:
    return PlainTextResponse("hello")


STARLETTE = Starlette(
    routes=[Route("/", hello)],
    middleware=[Middleware(AuthenticationMiddleware, backend=Backend())],
)


async def asked(app: ASGIApp, path: str) -> list[str]:
    """Return who is said to be logged in when a page is asked for."""
    with record(app) as flow:
        client = HttpCommunicator(flow.app, "GET", path)
        await client.get_response()
        await client.wait()
    return list(dict.fromkeys(event.user for event in flow))


async def test_user_of_starlette_is_named() -> None:
    assert await asked(STARLETTE, "/?user=ada") == ["ada"]
    assert await asked(STARLETTE, "/") == [""]


class Room(AsyncWebsocketConsumer):
    pass


async def test_user_of_ours_is_named_once_it_is_known() -> None:
    with record(site(Users("ada"), Room)) as flow:
        door = HttpCommunicator(flow.app, "POST", "/", b"ada")
        headers = (await door.get_response())["headers"]
        await door.wait()
        (cookie,) = (v for name, v in headers if name.lower() == b"set-cookie")
        for shown in ([(b"cookie", cookie.partition(b";")[0])], []):
            room = WebsocketCommunicator(flow.app, "/", headers=shown)
            await room.connect()
            await room.disconnect()

    assert [(e.application, e.user) for e in flow if e.ends] == [
        ("Door#1", "ada"),
        ("Room#1", "ada"),
        ("Room#2", ""),
    ]


class RoomOfChannels(_channels.AsyncWebsocketConsumer):  # type: ignore[misc]  # Any
    pass


@pytest.fixture
def ada() -> Any:
    return _models.User(pk=1, username="ada")


class Known(_auth.AuthMiddleware):  # type: ignore[misc]  # Any
    """Knows everybody, without a session."""

    user: Any = None

    def populate_scope(self, scope: Scope) -> None:
        scope["user"] = _auth.UserLazyObject()

    async def resolve_scope(self, scope: Scope) -> None:
        scope["user"]._wrapped = self.user


@pytest.mark.parametrize("base", [Room, RoomOfChannels])
async def test_user_of_channels_is_named(base: Any, ada: Any) -> None:
    app = Known(base.as_asgi())
    app.user = ada
    with record(app) as flow:
        room = WebsocketCommunicator(flow.app, "/")
        await room.connect()
        await room.disconnect()

    assert {event.user for event in flow} == {"ada"}


async def test_user_of_a_request_of_django_is_named_if_it_was_asked_for(
    ada: Any,
) -> None:
    class Asked:
        """A request, as Django keeps it."""

        def __init__(self, **found: Any) -> None:
            self.__dict__ |= found

    async def process_request(request: Any, send: Send) -> None:
        await send({"type": "http.response.start", "status": 204})
        await send({"type": "http.response.body"})

    unasked = Asked(user=_lazy.SimpleLazyObject(lambda: pytest.fail("loaded")))
    names = []
    for request in (Asked(_cached_user=ada), Asked(user=ada), unasked):

        async def app(
            scope: Scope,
            receive: Receive,
            send: Send,
            request: Any = request,
        ) -> None:
            await process_request(request, send)

        names += await asked(app, "/")
    assert names == ["ada", "ada", ""]


async def test_of_a_long_name_no_part_of_a_secret_is_kept() -> None:
    key = "k" * 2 * LONGEST
    names = [f"{key} of {'a' * 99}", "b" * 99]

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        scope["user"] = names.pop(0)
        await send({"type": "http.response.start", "status": 204})
        await send({"type": "http.response.body"})

    shown = [(b"cookie", f"a={key}".encode())]
    with record(app) as flow:
        for _ in range(2):
            door = HttpCommunicator(flow.app, "GET", "/", headers=shown)
            await door.get_response()

    users = list(dict.fromkeys(event.user for event in flow))
    assert users == [f"••• of {'a' * (LONGEST - 7)}", "b" * LONGEST]


def test_without_django_no_request_of_its_is_looked_for(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delitem(sys.modules, "django")

    def process_request(request: Any) -> str:
        return user_of_django()

    assert process_request(SimpleNamespace(user="ada")) == ""


def test_where_no_request_of_django_is_answered_nobody_is_named() -> None:
    with ThreadPoolExecutor() as threads:  # where few calls stand above
        assert threads.submit(user_of_django).result() == ""
    assert user_of_django() == ""


def test_a_name_that_is_a_secret_is_masked() -> None:
    recorder = Recorder(hello)  # type: ignore[arg-type]  # it is not called
    headers = [(b"cookie", b"id=a-secret-that-is-long")]
    scope = {"type": "http", "path": "/", "headers": headers}
    connection = recorder._opened({**scope, "user": "a-secret-that-is-long"})

    connection.add("receive", "http.request", {})

    assert connection.lane.user == "•••"
