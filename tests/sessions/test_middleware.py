"""A session goes with its connection, and out again in a cookie."""

import asyncio
import math
from collections.abc import Callable
from datetime import timedelta
from http.cookies import SimpleCookie
from typing import Any

import pytest

from minichannels.exceptions import SessionGone, SessionUnavailable
from minichannels.generic.http import AsyncHttpConsumer
from minichannels.generic.websocket import (
    AsyncWebsocketConsumer,
    WebsocketConsumer,
)
from minichannels.sessions import (
    InstanceSessionWrapper,
    MemoryStore,
    SessionCookie,
    SessionDict,
    SessionMiddleware,
    SessionMiddlewareStack,
)
from minichannels.testing import HttpCommunicator, WebsocketCommunicator
from minichannels.types import ASGIApp, Receive, Scope, Send
from support.clock import Clock
from support.stores import AsyncStore, Told

Act = Callable[[SessionDict], Any]


@pytest.fixture
def store() -> Told:
    return Told()


def page(act: Act, status: int = 200) -> ASGIApp:
    """Return an application that does something with its session."""

    class Page(AsyncHttpConsumer):
        async def handle(self, body: bytes) -> None:
            result = act(self.scope["session"])
            if hasattr(result, "__await__"):
                await result
            await self.send_response(status, b"")

    return Page.as_asgi()


def cookies_of(headers: Any) -> dict[str, Any]:
    cookies = SimpleCookie()
    for name, value in headers:
        if name == b"set-cookie":
            cookies.load(value.decode())
    return dict(cookies)


async def get(
    app: ASGIApp, key: str = "", scheme: str = "http"
) -> dict[str, Any]:
    """Return the cookies that a request is answered with."""
    headers = [(b"cookie", b"sessionid=" + key.encode())] if key else []
    communicator = HttpCommunicator(app, "GET", "/", headers=headers)
    communicator.scope["scheme"] = scheme
    response = await communicator.get_response()
    await communicator.wait()
    return cookies_of(response["headers"])


def remember(session: SessionDict) -> None:
    session["user"] = "ada"


def nothing(session: SessionDict) -> None:
    pass


async def test_new_session_goes_out_in_a_cookie(store: Told) -> None:
    cookies = await get(SessionMiddlewareStack(page(remember), store))

    key = cookies["sessionid"].value
    assert SessionDict(store, key) == {"user": "ada"}


async def test_cookie_is_safe_by_default(store: Told) -> None:
    app = SessionMiddlewareStack(page(remember), store)

    plain = (await get(app))["sessionid"]
    over_tls = (await get(app, scheme="https"))["sessionid"]

    for cookie in (plain, over_tls):
        assert cookie["httponly"] is True
        assert cookie["samesite"] == "Lax"
        assert cookie["path"] == "/"
        assert cookie["domain"] == ""
        assert cookie["max-age"] == str(14 * 24 * 60 * 60)
    assert plain["secure"] == ""
    assert over_tls["secure"] is True


async def test_cookie_is_as_it_is_wished(store: Told) -> None:
    cookie = SessionCookie(
        name="__Secure-id",
        age=60,
        path="/x",
        domain="a.org",
        secure=True,
        httponly=False,
        samesite="Strict",
    )
    app = SessionMiddlewareStack(page(remember), store, cookie)

    ((name, found),) = (await get(app)).items()

    assert name == "__Secure-id"
    assert found["max-age"] == "60"
    assert found["path"] == "/x"
    assert found["domain"] == "a.org"
    assert found["secure"] is True
    assert found["httponly"] == ""
    assert found["samesite"] == "Strict"


@pytest.mark.parametrize("name", ["__Host-id", "__Secure-id"])
async def test_cookie_whose_name_says_so_is_secure(
    name: str, store: Told
) -> None:
    app = SessionMiddlewareStack(page(remember), store, SessionCookie(name))

    assert (await get(app))[name]["secure"] is True


@pytest.mark.parametrize(
    ("name", "wish"),
    [
        ("__Host-id", {"domain": "a.org"}),
        ("__Host-id", {"path": "/x"}),
        ("__Host-id", {"secure": False}),
        ("__Secure-id", {"secure": False}),
    ],
)
def test_cookie_that_browsers_would_drop_is_an_error(
    name: str, wish: dict[str, Any]
) -> None:
    with pytest.raises(ValueError, match="otherwise browsers drop it"):
        SessionCookie(name, **wish)


@pytest.mark.parametrize(
    ("wish", "expected"),
    [
        ({"name": "my cookie"}, "one word without blanks.*not 'my cookie'"),
        ({"name": None}, "one word without blanks.*not None"),
        ({"name": "Path"}, "no attribute's, .*not 'Path'"),
        ({"age": timedelta(days=1)}, "age takes a number of seconds"),
        ({"age": math.nan}, "age takes a number of seconds"),
        ({"age": 10**11}, "age takes a number of seconds"),
        ({"patience": "5"}, "patience takes a number of seconds"),
        ({"path": "/;"}, "a cookie's path is printable ASCII"),
        ({"domain": "a.org\n"}, "a cookie's domain is printable ASCII"),
        ({"samesite": "strct"}, "'strict', 'lax' or 'none', not 'strct'"),
        ({"samesite": True}, "'strict', 'lax' or 'none', not True"),
    ],
)
def test_cookie_that_cannot_be_is_an_error_before_any_request(
    wish: dict[str, Any], expected: str
) -> None:
    with pytest.raises(ValueError, match=expected):
        SessionCookie(**wish)


@pytest.mark.parametrize("given", [(MemoryStore,), (5,), (None, "sessionid")])
def test_stack_takes_a_store_and_a_cookie(given: tuple[Any, ...]) -> None:
    with pytest.raises(TypeError, match=r"is such as \w+\(.*\), not"):
        SessionMiddlewareStack(page(lambda session: None), *given)


async def test_cookie_may_end_with_the_browser(store: Told) -> None:
    def act(session: SessionDict) -> None:
        session.set_expiry(0)

    cookie = (await get(SessionMiddlewareStack(page(act), store)))["sessionid"]

    assert cookie["max-age"] == cookie["expires"] == ""


async def test_session_that_nobody_uses_costs_nothing(store: Told) -> None:
    app = SessionMiddlewareStack(page(nothing), store)

    assert await get(app, "some key") == {}
    assert store.told == []


async def test_session_that_is_only_read_is_not_saved(store: Told) -> None:
    key = store.create('{"user":"ada"}', 60)
    seen: list[Any] = []
    app = SessionMiddlewareStack(page(lambda s: seen.append(s["user"])), store)

    assert await get(app, key) == {}
    assert seen == ["ada"]


async def test_every_time_begins_the_time_anew() -> None:
    clock = Clock()
    store = MemoryStore(clock)
    key = store.create('{"user":"ada"}', 60)
    cookie = SessionCookie(age=60, every_time=True)
    app = SessionMiddlewareStack(page(nothing), store, cookie)

    clock.now = 59
    cookies = await get(app, key)

    assert cookies["sessionid"].value == key
    clock.now = 118
    assert SessionDict(store, key) == {"user": "ada"}


async def test_every_time_makes_no_session_of_one_that_has_ended(
    store: Told,
) -> None:
    cookie = SessionCookie(age=60, every_time=True)
    app = SessionMiddlewareStack(page(nothing), store, cookie)

    cookies = await get(app, "ended")

    assert cookies["sessionid"].value == ""
    assert "create" not in str(store.told)


async def test_error_500_saves_nothing(store: Told) -> None:
    app = SessionMiddlewareStack(page(remember, status=500), store)

    assert await get(app) == {}
    assert store.told == []


async def test_session_that_has_ended_takes_its_cookie_along(
    store: Told,
) -> None:
    key = store.create('{"user":"ada"}', 60)
    app = SessionMiddlewareStack(page(lambda s: s.aflush()), store)

    cookies = await get(app, key)

    assert cookies["sessionid"].value == ""
    assert cookies["sessionid"]["max-age"] == "0"
    assert await get(app) == {}  # there was none to delete


async def test_cookie_is_taken_back_where_it_was_set(store: Told) -> None:
    key = store.create('{"user":"ada"}', 60)
    cookie = SessionCookie(path="/x", domain="a.org")
    app = SessionMiddlewareStack(page(lambda s: s.aflush()), store, cookie)

    found = (await get(app, key))["sessionid"]

    assert (found["path"], found["domain"]) == ("/x", "a.org")
    assert found["max-age"] == "0"


async def test_session_fixation_gives_the_client_a_key_of_its_own(
    store: Told,
) -> None:
    app = SessionMiddlewareStack(page(remember), store)

    cookies = await get(app, "chosen-by-eve")

    assert cookies["sessionid"].value != "chosen-by-eve"
    assert SessionDict(store, "chosen-by-eve") == {}


async def test_save_of_a_session_that_has_ended_sends_nothing(
    store: Told,
) -> None:
    key = store.create('{"user":"ada"}', 60)

    def act(session: SessionDict) -> None:
        session["cart"] = ["book"]
        store.delete(key)  # by a logout in another tab

    with pytest.raises(SessionGone):
        await get(SessionMiddlewareStack(page(act), store), key)


async def test_store_that_is_slow_is_an_error_and_nobody_is_let_in() -> None:
    class Slow(AsyncStore):
        async def load(self, key: str) -> str | None:
            await asyncio.get_running_loop().create_future()
            return None

    cookie = SessionCookie(patience=0.001)
    app = SessionMiddlewareStack(page(lambda s: s.aload()), Slow(), cookie)

    with pytest.raises(SessionUnavailable, match=r"within 0\.001 seconds"):
        await get(app, "key")


def read(session: SessionDict) -> None:
    session.get("user")


@pytest.mark.parametrize("status", [200, 500])
@pytest.mark.parametrize(
    ("act", "vary"),
    [(nothing, []), (read, [b"Cookie"]), (remember, [b"Cookie"])],
)
async def test_response_that_asked_the_session_is_for_its_client_alone(
    store: Told, act: Act, vary: list[bytes], status: int
) -> None:
    app = SessionMiddlewareStack(page(act, status), store)
    client = HttpCommunicator(app, "GET", "/")
    response = await client.get_response()
    await client.wait()

    told = [v for name, v in response["headers"] if name == b"vary"]
    assert told == vary


async def test_scope_of_the_caller_stays_as_it_was(store: Told) -> None:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        assert isinstance(scope["session"], SessionDict)

    scope: Scope = {"type": "http", "headers": []}
    stack: Any = SessionMiddlewareStack(app, store)

    await stack(scope, None, None)

    assert scope == {"type": "http", "headers": []}


async def test_session_needs_cookies() -> None:
    middleware: Any = SessionMiddleware(page(nothing))

    with pytest.raises(ValueError, match="inside of CookieMiddleware"):
        await middleware({"type": "http", "headers": []}, None, None)


async def test_inner_stack_leaves_the_session_of_the_outer_one(
    store: Told,
) -> None:
    other = Told()
    inner = SessionMiddlewareStack(page(remember), other)

    cookies = await get(SessionMiddlewareStack(inner, store))

    assert SessionDict(store, cookies["sessionid"].value) == {"user": "ada"}
    assert other.told == []


async def test_inner_stack_adds_no_headers_of_its_own(store: Told) -> None:
    inner = SessionMiddlewareStack(page(remember), Told())
    client = HttpCommunicator(SessionMiddlewareStack(inner, store), "GET", "/")

    response = await client.get_response()
    await client.wait()

    names = [name for name, _ in response["headers"]]
    assert names == [b"vary", b"set-cookie"]


async def test_wrapper_resolves_for_who_has_no_middleware(store: Told) -> None:
    send: Any = print
    wrapper: Any = InstanceSessionWrapper({"cookies": {}}, send, store)

    await wrapper.resolve_session()

    assert wrapper.activated
    assert wrapper.cookie_name == "sessionid"
    assert wrapper.session_store is store
    assert wrapper.real_send is send
    assert wrapper.scope["session"] == {}


def test_stacks_share_the_sessions_in_memory() -> None:
    one: Any = SessionMiddlewareStack(page(nothing))
    other: Any = SessionMiddlewareStack(page(remember))

    assert one.inner._minichannels == other.inner._minichannels
    assert repr(one.inner).startswith("SessionMiddleware(")


# WebSockets


class Visits(AsyncWebsocketConsumer):
    """Counts how often somebody was here."""

    async def connect(self) -> None:
        session = self.scope["session"]
        session["visits"] = session.get("visits", 0) + 1
        await self.accept(subprotocol="visits")

    async def receive(
        self, text_data: str | None = None, bytes_data: bytes | None = None
    ) -> None:
        self.scope["session"]["said"] = text_data
        await self.scope["session"].asave()
        await self.send(text_data="saved")


class SyncVisits(WebsocketConsumer):
    """The same, in another style."""

    def connect(self) -> None:
        session = self.scope["session"]
        session["visits"] = session.get("visits", 0) + 1
        self.accept(subprotocol="visits")

    def receive(
        self, text_data: str | None = None, bytes_data: bytes | None = None
    ) -> None:
        self.scope["session"]["said"] = text_data
        self.scope["session"].save()
        self.send(text_data="saved")


@pytest.mark.parametrize("consumer", [Visits, SyncVisits])
async def test_websocket_brings_the_cookie_when_it_is_accepted(
    consumer: Any, store: Told
) -> None:
    app = SessionMiddlewareStack(consumer.as_asgi(), store)
    async with WebsocketCommunicator(app, "/") as client:
        assert await client.connect() == (True, "visits")
        # No "vary": nobody keeps a connection for others.
        headers = list(client.response_headers or ())
        assert [name for name, _ in headers] == [b"set-cookie"]
        key = cookies_of(client.response_headers)["sessionid"].value
        assert SessionDict(store, key) == {"visits": 1}

        await client.send_to("hello")
        assert await client.receive_from() == "saved"
        assert SessionDict(store, key) == {"visits": 1, "said": "hello"}

    headers = [(b"cookie", f"sessionid={key}".encode())]
    async with WebsocketCommunicator(app, "/", headers) as client:
        assert await client.connect() == (True, "visits")
        assert cookies_of(client.response_headers)["sessionid"].value == key
    assert SessionDict(store, key) == {"visits": 2, "said": "hello"}


async def test_refusal_with_a_response_brings_the_cookie_too(
    store: Told,
) -> None:
    class Refuses(AsyncWebsocketConsumer):
        async def connect(self) -> None:
            self.scope["session"]["tries"] = 1
            await self.deny(401)

    app = SessionMiddlewareStack(Refuses.as_asgi(), store)
    async with WebsocketCommunicator(app, "/") as client:
        client.scope["extensions"] = {"websocket.http.response": {}}
        await client.send_input({"type": "websocket.connect"})
        start = await client.receive_output()

    key = cookies_of(start["headers"])["sessionid"].value
    assert SessionDict(store, key) == {"tries": 1}
