"""Cookies and sessions on Channels and here, event by event.

The same application runs on both; on Channels with a session engine of Django
that needs no database. What is random (keys) or tells the time is replaced.
"""

import importlib
from collections.abc import Callable
from contextlib import suppress
from http.cookies import CookieError, SimpleCookie
from typing import Any

import pytest

from minichannels.exceptions import SessionGone
from minichannels.sessions import MemoryStore, SessionDict
from minichannels.testing import ApplicationCommunicator
from minichannels.types import ASGIApp, Message, Receive, Scope, Send

Load = Callable[[str], Any]
Act = Callable[[Any], Any]
PACKAGES = ("channels", "minichannels")


@pytest.fixture
def sessions(package: Load) -> Any:
    return package("sessions")


async def keep(scope: Scope, receive: Receive, send: Send) -> None:
    scope["seen"].append(dict(scope))


COOKIES = [
    b"",
    b"a=1; b=2",
    b"a=1; a=2",
    b"alone",
    b"a=b=c; =; ;",
    b'a="x y"; b="\\073"',
    b"a=\xe9",
    b"a,b=1; $Path=/",
]


@pytest.mark.parametrize("header", COOKIES)
async def test_cookies_are_read_alike(header: bytes) -> None:
    found = []
    for name in PACKAGES:
        module = importlib.import_module(f"{name}.sessions")
        scope: Any = {"type": "http", "headers": [(b"cookie", header)]}
        scope["seen"] = []
        await module.CookieMiddleware(keep)(scope, None, None)
        found.append(scope["seen"][0]["cookies"])

    assert found[0] == found[1]


async def test_cookies_need_headers(sessions: Any) -> None:
    with pytest.raises(ValueError, match="headers"):
        await sessions.CookieMiddleware(keep)({"type": "x"}, None, None)


OPTIONS: list[dict[str, Any]] = [
    {},
    {"value": "x y;z"},
    {"max_age": 60, "expires": "some day"},
    {"expires": "some day"},
    {"path": None, "samesite": None},
    {"domain": "a.org", "secure": True, "httponly": True},
    {"samesite": "Strict"},
    {"secure": "é;", "httponly": [1]},
    {"secure": 0, "httponly": ""},
]


@pytest.mark.parametrize("options", OPTIONS, ids=repr)
def test_cookies_are_written_alike(options: dict[str, Any]) -> None:
    values = []
    for name in PACKAGES:
        module = importlib.import_module(f"{name}.sessions")
        message: Message = {"type": "http.response.start"}
        module.CookieMiddleware.set_cookie(message, "a", **options)
        module.CookieMiddleware.delete_cookie(message, "b", "/x", "a.org")
        # In lower case, as ASGI asks: one of the intended differences.
        values.append([(k.lower(), v) for k, v in message["headers"]])

    assert values[0] == values[1]


def test_list_of_headers_gets_the_cookie_that_is_set_by_hand(
    sessions: Any,
) -> None:
    headers = [(b"x-own", b"1")]
    message: Message = {"type": "http.response.start", "headers": headers}

    sessions.CookieMiddleware.set_cookie(message, "a", "1")
    sessions.CookieMiddleware.delete_cookie(message, "b")

    assert message["headers"] is headers
    assert len(headers) == 3


# A whole request


def page(act: Act, status: int) -> ASGIApp:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        act(scope["session"])
        await send({"type": "http.response.start", "status": status})
        await send({"type": "http.response.body", "body": b""})

    return app


def plain(event: Message) -> Message:
    """Return an event without keys and times."""
    cookies = SimpleCookie()
    for _, value in event.get("headers", ()):
        cookies.load(value.decode())
    told = {
        name: (
            bool(cookie.value),
            bool(cookie["expires"]),
            {k: v for k, v in cookie.items() if v and k != "expires"},
        )
        for name, cookie in cookies.items()
    }
    return {**event, "headers": told}


async def events(
    name: str, act: Act, status: int, known: bool
) -> list[Message]:
    """Return what a request is answered with."""
    module = importlib.import_module(f"{name}.sessions")
    key = await saved(name) if known else "chosen-by-somebody"
    headers = [(b"cookie", b"sessionid=" + key.encode())]
    scope: Scope = {"type": "http", "headers": headers}
    app = module.SessionMiddlewareStack(page(act, status))
    client = ApplicationCommunicator(app, scope)
    found = [plain(await client.receive_output()) for _ in range(2)]
    await client.wait()
    return found


async def saved(name: str) -> str:
    """Return the key of a session that is there already."""
    session = session_for(name)
    session["user"] = "ada"
    await session.asave()
    return str(session.session_key)


ACTS: dict[str, Act] = {
    "nothing": lambda session: None,
    "read": lambda session: session.get("user"),
    "write": lambda session: session.update({"room": "lobby"}),
    "end with the browser": lambda session: session.set_expiry(0),
    "end in a minute": lambda session: session.set_expiry(60),
    "flush": lambda session: session.flush(),
    "new key": lambda session: session.cycle_key(),
}


# Of an unknown key, Django also saves the new one, with nothing in it.
REQUESTS = [
    (act, known)
    for act in ACTS
    for known in (True, False)
    if known or act != "new key"
]


@pytest.mark.parametrize("status", [200, 404, 500])
@pytest.mark.parametrize(("act", "known"), REQUESTS)
async def test_requests_are_answered_alike(
    act: str, status: int, known: bool
) -> None:
    theirs, ours = [
        await events(name, ACTS[act], status, known) for name in PACKAGES
    ]

    assert theirs == ours


async def test_inner_session_is_that_of_the_outer_stack(sessions: Any) -> None:
    scope: Any = {"type": "http", "headers": [], "seen": []}
    stack = sessions.SessionMiddlewareStack

    async def middle(scope: Scope, receive: Receive, send: Send) -> None:
        await keep(scope, receive, send)
        await stack(keep)(scope, receive, send)

    await stack(middle)(scope, None, None)

    outer, inner = scope["seen"]
    assert outer["session"] is inner["session"]


@pytest.mark.parametrize("name", PACKAGES)
async def test_last_of_two_that_saves_wins(name: str) -> None:
    key = await saved(name)
    socket, page, seen = [session_for(name, key) for _ in range(3)]
    for session in (socket, page):
        await session.aget("user")
    socket["room"] = "lobby"
    page["cart"] = ["book"]

    await socket.asave()
    await page.asave()

    assert await seen.aget("user") == "ada"
    assert await seen.aget("room") is None
    assert seen["cart"] == ["book"]


def session_for(name: str, key: str | None = None) -> Any:
    """Return a session of either library, kept in this process."""
    if name == "minichannels":
        ours = importlib.import_module("minichannels.sessions.middleware")
        return SessionDict(ours.IN_MEMORY, key or "")
    engine = "django.contrib.sessions.backends.cache"
    store: Any = importlib.import_module(engine).SessionStore
    return store(key)


async def test_sessions_need_cookies(sessions: Any) -> None:
    middleware = sessions.SessionMiddleware(keep)

    with pytest.raises(ValueError, match="CookieMiddleware"):
        await middleware({"type": "http", "headers": []}, None, None)


# Where they differ, on purpose


def handshake(module: Any, *arguments: Any) -> ApplicationCommunicator:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        scope["session"]["user"] = "ada"
        await send({"type": "websocket.accept"})

    stack = module.SessionMiddlewareStack(app, *arguments)
    return ApplicationCommunicator(stack, {"type": "websocket", "headers": []})


async def test_difference_a_page_of_one_client_is_no_other_s() -> None:
    told = []
    for name in PACKAGES:
        stack = importlib.import_module(
            f"{name}.sessions"
        ).SessionMiddlewareStack
        app = stack(page(ACTS["read"], 200))
        client = ApplicationCommunicator(app, {"type": "http", "headers": []})
        start = await client.receive_output()
        await client.receive_output()
        await client.wait()
        told.append(start.get("headers", []))

    assert told == [[], [(b"vary", b"Cookie")]]


async def test_difference_a_websocket_saves_when_it_is_accepted() -> None:
    store = MemoryStore()
    theirs = handshake(importlib.import_module("channels.sessions"))
    ours = handshake(importlib.import_module("minichannels.sessions"), store)

    accepted = [await c.receive_output() for c in (theirs, ours)]
    await theirs.wait()
    await ours.wait()

    assert accepted[0] == {"type": "websocket.accept"}
    ((_, cookie),) = accepted[1]["headers"]
    key = cookie.decode().partition("=")[2].partition(";")[0]
    assert SessionDict(store, key) == {"user": "ada"}


async def test_difference_all_cookie_headers_are_read() -> None:
    found = []
    for name in PACKAGES:
        module = importlib.import_module(f"{name}.sessions")
        headers = [(b"cookie", b"a=1"), (b"cookie", b"b=2")]
        scope: Any = {"type": "http", "headers": headers, "seen": []}
        await module.CookieMiddleware(keep)(scope, None, None)
        found.append(scope["seen"][0]["cookies"])

    assert found == [{"a": "1"}, {"a": "1", "b": "2"}]


async def test_difference_no_more_than_200_cookies_are_read() -> None:
    header = b"; ".join(b"c%d=1" % n for n in range(300))
    counts = []
    for name in PACKAGES:
        module = importlib.import_module(f"{name}.sessions")
        scope: Any = {"type": "http", "headers": [(b"cookie", header)]}
        scope["seen"] = []
        await module.CookieMiddleware(keep)(scope, None, None)
        counts.append(len(scope["seen"][0]["cookies"]))

    assert counts == [300, 200]


def test_difference_an_attribute_cannot_begin_another() -> None:
    theirs = importlib.import_module("channels.sessions").CookieMiddleware
    ours = importlib.import_module("minichannels.sessions").CookieMiddleware
    message: Message = {}

    theirs.set_cookie(message, "a", path="/; Domain=evil.org")
    assert b"Domain=evil.org" in message["headers"][0][1]

    with pytest.raises(ValueError, match="without ';'"):
        ours.set_cookie(message, "a", path="/; Domain=evil.org")


@pytest.mark.parametrize("samesite", ["any", "", b"", b"lax", 0, False, [], 1])
def test_difference_samesite_is_one_of_three(samesite: Any) -> None:
    errors: dict[str, Any] = {
        "channels": (AssertionError, AttributeError),
        "minichannels": ValueError,
    }
    for name, error in errors.items():
        module = importlib.import_module(f"{name}.sessions")
        with pytest.raises(error):
            module.CookieMiddleware.set_cookie({}, "a", samesite=samesite)


async def test_difference_a_header_may_be_in_capitals() -> None:
    found = []
    for name in PACKAGES:
        module = importlib.import_module(f"{name}.sessions")
        scope: Any = {"type": "http", "headers": [(b"Cookie", b"a=1")]}
        scope["seen"] = []
        await module.CookieMiddleware(keep)(scope, None, None)
        found.append(dict(scope["seen"][0]["cookies"]))

    assert found == [{}, {"a": "1"}]


async def test_difference_no_other_white_space_is_taken_off() -> None:
    found = []
    for name in PACKAGES:
        module = importlib.import_module(f"{name}.sessions")
        header = b" a =\t1 ;\xa0__Host-b = 2"
        scope: Any = {"type": "http", "headers": [(b"cookie", header)]}
        scope["seen"] = []
        await module.CookieMiddleware(keep)(scope, None, None)
        found.append(list(scope["seen"][0]["cookies"]))

    assert found == [["a", "__Host-b"], ["a", "\xa0__Host-b"]]


@pytest.mark.parametrize("scope", [{}, {"path": "/"}])
@pytest.mark.parametrize("name", PACKAGES)
async def test_a_scope_without_anything_has_no_cookies(
    name: str, scope: Any
) -> None:
    module = importlib.import_module(f"{name}.sessions")

    with pytest.raises(ValueError, match="headers"):
        await module.CookieMiddleware(keep)(scope, None, None)


async def test_difference_what_a_session_raises_that_has_ended() -> None:
    suspicious = importlib.import_module("django.core.exceptions")
    errors = {"channels": suspicious.SuspiciousOperation}
    errors["minichannels"] = SessionGone
    engine: Any = importlib.import_module(
        "django.contrib.sessions.backends.cache"
    )
    ours = importlib.import_module("minichannels.sessions.middleware").IN_MEMORY

    def act(session: Any) -> None:
        session["room"] = "lobby"
        key = session.session_key
        if isinstance(session, SessionDict):
            ours.delete(key)
        else:
            engine.SessionStore().delete(key)

    for name, error in errors.items():
        with pytest.raises(error):
            await events(name, act, 200, known=True)


@pytest.mark.parametrize(
    "option", [{"path": "/é"}, {"path": "/;a"}, {"domain": "a\n"}]
)
def test_difference_of_a_cookie_that_would_not_be_one(option: Any) -> None:
    message = {"type": "http.response.start", "headers": []}
    theirs, ours = (
        importlib.import_module(f"{name}.sessions").CookieMiddleware
        for name in ("channels", "minichannels")
    )

    with suppress(CookieError):  # as newer Pythons say of some
        theirs.set_cookie(message, "a", "b", **option)
    with pytest.raises(ValueError, match="printable ASCII"):
        ours.set_cookie(message, "a", "b", **option)
