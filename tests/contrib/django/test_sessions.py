"""Sessions of Django in consumers, with each of its engines."""

import logging
from collections.abc import Callable
from http.cookies import Morsel, SimpleCookie
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from django.contrib.sessions.middleware import SessionMiddleware
from django.core import signing
from django.core.exceptions import SuspiciousOperation
from django.http import HttpRequest, HttpResponse
from django.test import override_settings

from minichannels.contrib.django.sessions import (
    DjangoSessionGone,
    DjangoSessions,
)
from minichannels.exceptions import SessionGone, UnserializableError
from minichannels.flow import record
from minichannels.sessions import MemoryStore, SessionMiddlewareStack
from minichannels.testing import ApplicationCommunicator
from minichannels.types import ASGIApp, Message, Receive, Scope, Send

Act = Callable[[Any], None]
ENGINES = ("db", "cache", "cached_db", "file", "signed_cookies")


@pytest.fixture(params=ENGINES)
def engine(request: pytest.FixtureRequest) -> Any:
    """Each engine in turn."""
    name = f"django.contrib.sessions.backends.{request.param}"
    with override_settings(SESSION_ENGINE=name):
        yield request.param


@pytest.fixture
def cached() -> Any:
    with override_settings(
        SESSION_ENGINE="django.contrib.sessions.backends.cache"
    ):
        yield


def acting(act: Act, kind: str) -> ASGIApp:
    """Return an application that does something to its session."""

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await sync_to_async(act)(scope["session"])
        await send({"type": kind, "status": 200})

    return app


async def visited(
    act: Act, key: str = "", kind: str = "http.response.start"
) -> Morsel[str] | None:
    """Visit with the key of a session; return the cookie that comes back."""
    app = SessionMiddlewareStack(acting(act, kind))
    headers = [(b"cookie", b"sessionid=" + key.encode())] if key else []
    scope = {"type": kind.partition(".")[0], "headers": headers}
    client = ApplicationCommunicator(app, scope)
    event = await client.receive_output()
    await client.wait()
    return cookie_of(event)


def cookie_of(event: Message) -> Morsel[str] | None:
    cookies: SimpleCookie = SimpleCookie()
    for _, value in event.get("headers", ()):
        cookies.load(value.decode())
    return cookies.get("sessionid")


def write(session: Any) -> None:
    session["room"] = "lobby"


@pytest.mark.parametrize("kind", ["http.response.start", "websocket.accept"])
async def test_session_is_kept_and_comes_back(engine: str, kind: str) -> None:
    seen: list[Any] = []

    cookie = await visited(write, kind=kind)
    assert cookie is not None
    again = await visited(lambda s: seen.append(s.get("room")), cookie.value)

    assert seen == ["lobby"]
    assert again is None


@pytest.mark.parametrize("how", ["aget", "get"])
@pytest.mark.parametrize("key", ["unknown-to-us", "unknown"])
async def test_flow_and_log_say_that_there_is_no_such_session(
    engine: str, how: str, key: str, caplog: pytest.LogCaptureFixture
) -> None:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        session = scope["session"]
        read = session.aget if how == "aget" else sync_to_async(session.get)
        assert await read("room") is None
        await read("room")
        await send({"type": "websocket.close"})

    headers = [(b"cookie", f"sessionid={key}".encode())]
    scope = {"type": "websocket", "path": "/", "headers": headers}
    with (
        record(SessionMiddlewareStack(app)) as flow,
        caplog.at_level(logging.INFO, "minichannels"),
    ):
        client = ApplicationCommunicator(flow.app, scope)
        await client.wait()

    (refusal,) = flow
    assert refusal.reason == "refused 403: cookie"
    assert caplog.messages == [
        "a client is nobody: the store has no session of it"
    ]
    assert key not in repr(flow) + caplog.text


@pytest.mark.parametrize("sent", ['"abcdefgh\\000"', '"abcdefgh\\012"'])
async def test_key_that_no_engine_makes_is_asked_of_none(
    engine: str, sent: str
) -> None:
    seen: list[str | None] = []

    await visited(lambda session: seen.append(session.session_key), sent)

    assert seen == [None]


async def test_what_django_has_signed_for_another_purpose_is_no_session(
    engine: str,
) -> None:
    seen: list[Any] = []
    signed = signing.dumps({"room": "lobby"}, salt="messages")

    await visited(lambda session: seen.append(session.get("room")), signed)

    assert seen == [None]


async def test_session_is_the_one_that_a_page_sees(engine: str) -> None:
    seen = []

    def page(request: HttpRequest) -> HttpResponse:
        seen.append(request.session.get("room"))
        request.session["page"] = 1
        return HttpResponse()

    def visit(key: str) -> str:
        request = HttpRequest()
        request.COOKIES["sessionid"] = key
        response: Any = SessionMiddleware(page)(request)
        return str(response.cookies["sessionid"].value)

    cookie = await visited(write)
    assert cookie is not None
    key = await sync_to_async(visit)(cookie.value)
    await visited(lambda s: seen.append(s.get("page")), key)

    assert seen == ["lobby", 1]


async def test_session_that_is_emptied_takes_its_cookie_along(
    cached: None,
) -> None:
    cookie = await visited(write)
    assert cookie is not None

    gone = await visited(lambda session: session.flush(), cookie.value)

    assert gone is not None
    assert (gone.value, gone["max-age"]) == ("", "0")


async def test_session_that_has_ended_is_not_saved_again(cached: None) -> None:
    cookie = await visited(write)
    assert cookie is not None
    key = cookie.value

    def act(session: Any) -> None:
        write(session)
        type(session)(key).delete()

    with pytest.raises(DjangoSessionGone) as caught:
        await visited(act, key)

    assert isinstance(caught.value, SessionGone)
    assert isinstance(caught.value, SuspiciousOperation)
    assert key not in str(caught.value)


@pytest.mark.parametrize("name", ["file", "signed_cookies"])
async def test_error_says_which_value_a_session_cannot_keep(name: str) -> None:
    def act(session: Any) -> None:
        session["seed"] = 1
        session["seen"] = {1, 2}

    with (
        override_settings(
            SESSION_ENGINE=f"django.contrib.sessions.backends.{name}"
        ),
        pytest.raises(UnserializableError, match=r"\['seen'\].*set") as caught,
    ):
        await visited(act)

    assert caught.value.path == ("seen",)


async def test_another_error_of_saving_is_shown_as_it_is(cached: None) -> None:
    def save() -> None:
        raise TypeError("of the engine")

    def act(session: Any) -> None:
        session["seed"] = 1
        session.save = save

    with pytest.raises(TypeError, match=r"^of the engine$"):
        await visited(act)


SETTINGS = {
    "SESSION_COOKIE_AGE": 60,
    "SESSION_COOKIE_DOMAIN": "a.org",
    "SESSION_COOKIE_HTTPONLY": False,
    "SESSION_COOKIE_PATH": "/x",
    "SESSION_COOKIE_SAMESITE": "Strict",
    "SESSION_COOKIE_SECURE": True,
}


async def test_settings_describe_the_cookie(cached: None) -> None:
    with override_settings(**SETTINGS):
        cookie = await visited(write)

    assert cookie is not None
    said = {k: v for k, v in cookie.items() if v and k != "expires"}
    assert said == {
        "domain": "a.org",
        "max-age": "60",
        "path": "/x",
        "samesite": "Strict",
        "secure": True,
    }


def test_cookie_is_looked_at_once_for_the_same_settings() -> None:
    sessions = DjangoSessions()
    first = sessions.cookie()

    with override_settings(**SETTINGS):
        assert sessions.cookie().age == 60
    assert sessions.cookie() is first


@override_settings(SESSION_COOKIE_SAMESITE=False, SESSION_COOKIE_NAME="s")
async def test_settings_may_leave_something_unsaid(cached: None) -> None:
    app = SessionMiddlewareStack(acting(write, "http.response.start"))
    client = ApplicationCommunicator(app, {"type": "http", "headers": []})
    event = await client.receive_output()
    await client.wait()

    (cookie,) = [v for n, v in event["headers"] if n == b"set-cookie"]
    assert cookie.startswith(b"s=")
    assert b"samesite" not in cookie.lower()


@override_settings(SESSION_SAVE_EVERY_REQUEST=True)
async def test_settings_may_have_a_session_saved_each_time(
    engine: str,
) -> None:
    cookie = await visited(write)
    assert cookie is not None

    again = await visited(lambda session: None, cookie.value)

    assert again is not None
    assert again.value


async def test_inner_session_is_that_of_the_outer_stack(cached: None) -> None:
    seen = []

    async def inner(scope: Scope, receive: Receive, send: Send) -> None:
        seen.append(scope["session"])

    async def middle(scope: Scope, receive: Receive, send: Send) -> None:
        seen.append(scope["session"])
        await SessionMiddlewareStack(inner)(scope, receive, send)

    client = ApplicationCommunicator(
        SessionMiddlewareStack(middle), {"type": "http", "headers": []}
    )
    await client.wait()

    assert seen[0] is seen[1]


async def test_store_that_is_given_counts_more_than_the_settings() -> None:
    store = MemoryStore()
    app = SessionMiddlewareStack(acting(write, "websocket.accept"), store)
    client = ApplicationCommunicator(app, {"type": "websocket", "headers": []})
    cookie = cookie_of(await client.receive_output())
    await client.wait()

    assert cookie is not None
    assert store.load(cookie.value) == '{"room":"lobby"}'


async def test_session_is_read_anew_and_shown_to_nobody(engine: str) -> None:
    cookie = await visited(write)
    assert cookie is not None
    kept: list[Any] = []
    await visited(kept.append, cookie.value)
    (session,) = kept

    assert await session.aget("room") == "lobby"
    session["room"] = "other"
    other = session.copy()
    await session.areload()

    for read in (session, other):
        assert await read.aget("room") == "lobby"
    assert not session.modified
    assert repr(session) == "<SessionStore •••>"
