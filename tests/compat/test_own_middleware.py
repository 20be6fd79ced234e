"""Middleware of a project's own for sessions and users, beside Django."""

import asyncio
import copy
import importlib
import pickle
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest
from django.contrib.auth.models import Group, User
from django.utils.functional import LazyObject, empty

from minichannels.testing import ApplicationCommunicator
from minichannels.types import ASGIApp, Message, Receive, Scope, Send

Load = Callable[[str], Any]

pytestmark = pytest.mark.usefixtures("project")


def session_of(key: str) -> Any:
    engine = "django.contrib.sessions.backends.db"
    return importlib.import_module(engine).SessionStore(key)


def by_ticket(package: Load) -> Any:
    """Return a wrapper that knows the session by another cookie."""
    base: Any = package("sessions").InstanceSessionWrapper

    class ByTicket(base):  # type: ignore[misc]
        async def resolve_session(self) -> None:
            key = self.scope["cookies"]["ticket"].removeprefix("t-")
            self.scope["session"]._wrapped = self.session_store(key)

    return ByTicket


def plain(package: Load) -> Any:
    return package("sessions").InstanceSessionWrapper


def stack(package: Load, wrap: Any, app: ASGIApp) -> ASGIApp:
    """Return an application with a middleware that wraps by hand."""
    sessions: Any = package("sessions")

    class OwnSessions(sessions.SessionMiddleware):  # type: ignore[misc]
        async def __call__(
            self, scope: Scope, receive: Receive, send: Send
        ) -> Any:
            wrapper = wrap(scope, send)
            await wrapper.resolve_session()
            return await self.inner(wrapper.scope, receive, wrapper.send)

    users = package("auth").AuthMiddleware(app)
    stacked: ASGIApp = sessions.CookieMiddleware(OwnSessions(users))
    return stacked


async def count(scope: Scope, receive: Receive, send: Send) -> None:
    """Answer who the client is, and how often it was here."""
    session = scope["session"]
    seen = await session.aget("seed") + 1
    await session.aset("seed", seen)
    await send({"type": "http.response.start", "status": 200, "headers": []})
    body = f"{scope['user'].is_anonymous} {seen}"
    await send({"type": "http.response.body", "body": body.encode()})


def asked(package: Load, wrap: Any, cookies: str) -> tuple[Message, Message]:
    """Return what a client with cookies gets of the above."""
    headers = [(b"cookie", cookies.encode())]
    scope = {"type": "http", "method": "GET", "path": "/", "headers": headers}

    async def ask() -> tuple[Message, Message]:
        client = ApplicationCommunicator(stack(package, wrap, count), scope)
        await client.send_input({"type": "http.request"})
        return await client.receive_output(), await client.receive_output()

    return asyncio.run(ask())


def set_by(start: Message) -> bytes | None:
    """Return the cookie that a response sets."""
    sent = {name.lower(): value for name, value in start["headers"]}
    return sent.get(b"set-cookie", b"").partition(b";")[0] or None


@pytest.mark.parametrize("wrapper", [by_ticket, plain])
def test_wrapper_may_be_used_by_hand(
    wrapper: Any, package: Load, key: str
) -> None:
    cookies = f"sessionid={key}; ticket=t-{key}"

    start, body = asked(package, wrapper(package), cookies)

    assert body["body"] == b"True 2"
    assert set_by(start) == f"sessionid={key}".encode()
    assert session_of(key)["seed"] == 2


@pytest.mark.parametrize("name", ["home", "cookie", "store"])
@pytest.mark.parametrize(
    "own",
    ["own", None, lambda self: "own", property(lambda self: "own")],
    ids=["attribute", "none", "method", "property"],
)
def test_wrapper_of_ones_own_may_have_any_name(
    name: str, own: Any, package: Load, key: str
) -> None:
    wrapper = type("Own", (plain(package),), {name: own})

    start, body = asked(package, wrapper, f"sessionid={key}")

    assert body["body"] == b"True 2"
    assert set_by(start) == f"sessionid={key}".encode()


def test_wrapper_of_ones_own_may_know_another_cookie(
    package: Load, key: str
) -> None:
    class Renamed(plain(package)):  # type: ignore[misc]
        def __init__(self, scope: Scope, send: Send) -> None:
            super().__init__(scope, send)
            self.cookie_name = "ticket"

    start, body = asked(package, Renamed, f"ticket={key}")

    assert body["body"] == b"True 2"
    assert set_by(start) == f"ticket={key}".encode()


def test_wrapper_of_ones_own_may_say_what_carries_a_cookie(
    package: Load, key: str
) -> None:
    class Silent(plain(package)):  # type: ignore[misc]
        save_message_types = ("http.response.body",)
        cookie_response_message_types = ("http.response.start",)

    start, body = asked(package, Silent, f"sessionid={key}")

    assert body == {"type": "http.response.body", "body": b"True 2"}
    assert set_by(start) is None
    assert session_of(key)["seed"] == 2


def test_wrapper_of_ones_own_may_be_made_by_itself_alone(
    package: Load, key: str
) -> None:
    class Alone(plain(package)):  # type: ignore[misc]
        def __init__(self, scope: Scope, send: Send) -> None:
            self.scope = dict(scope, session=LazyObject())
            self.real_send = send
            self.cookie_name = "sessionid"
            self.activated = True

        async def resolve_session(self) -> None:
            self.scope["session"]._wrapped = session_of(key)

    start, body = asked(package, Alone, f"sessionid={key}")

    assert body["body"] == b"True 2"
    assert set_by(start) == f"sessionid={key}".encode()


@pytest.mark.parametrize("own", [None, lambda: "own"])
def test_cookies_of_ones_own_may_have_a_clock(package: Load, own: Any) -> None:
    base = package("sessions").CookieMiddleware
    message: Message = {"type": "http.response.start", "headers": []}

    made: Any = type("Own", (base,), {"clock": own})
    made.set_cookie(message, "a", max_age=7)

    ((_, cookie),) = message["headers"]
    assert b"Max-Age=7" in cookie


def test_what_is_in_a_session_may_be_opened(package: Load, key: str) -> None:
    seen: list[Any] = []

    async def look(scope: Scope, receive: Receive, send: Send) -> None:
        opened = scope["session"]._wrapped
        seen.append(await opened.aget("seed"))
        user = scope["user"]
        seen.append(hasattr(user, "_wrapped"))

    app = package("auth").AuthMiddlewareStack(look)
    headers = [(b"cookie", b"sessionid=" + key.encode())]
    asyncio.run(app({"type": "websocket", "headers": headers}, None, None))

    assert seen == [1, True]


@pytest.mark.parametrize("known", [None, "ada"])
def test_a_user_may_be_looked_for_if_nobody_has(
    known: str | None, package: Load
) -> None:
    auth: Any = package("auth")
    seen: list[str] = []

    class ByToken(auth.AuthMiddleware):  # type: ignore[misc]
        def populate_scope(self, scope: Scope) -> None:
            if "user" not in scope:
                scope["user"] = auth.UserLazyObject()
                if known:  # another middleware of the project
                    scope["user"]._wrapped = known

        async def resolve_scope(self, scope: Scope) -> None:
            if scope["user"]._wrapped is empty:
                scope["user"]._wrapped = "of a token"

    async def tell(scope: Scope, receive: Receive, send: Send) -> None:
        seen.append(str(scope["user"]))

    asyncio.run(ByToken(tell)({"type": "websocket"}, None, None))

    assert seen == [known or "of a token"]


async def served(package: Load, user: Any, app: ASGIApp) -> None:
    """Serve a scope in which a middleware has left what stands for a user."""
    auth: Any = package("auth")

    class ByToken(package("middleware").BaseMiddleware):  # type: ignore[misc]
        async def __call__(
            self, scope: Scope, receive: Receive, send: Send
        ) -> Any:
            scope = {**scope, "user": auth.UserLazyObject()}
            scope["user"]._wrapped = user
            return await super().__call__(scope, receive, send)

    communicator = ApplicationCommunicator(ByToken(app), {"type": "http"})
    await communicator.wait()


async def test_what_stands_for_a_user_is_taken_for_it(package: Load) -> None:
    ada = await User.objects.acreate(username="ada")

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        user = scope["user"]
        assert isinstance(user, User)
        assert user.__class__ is User
        group, _ = await Group.objects.aget_or_create(name="all")
        await User.groups.through(user=user, group=group).asave()
        assert await Group.objects.aget(user=user) == group

    await served(package, ada, app)


async def test_what_is_changed_of_it_is_changed_of_the_user(
    package: Load,
) -> None:
    ada = await User.objects.acreate(username="ada")

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        scope["user"].first_name = "Ada"
        scope["user"].note = "gone"
        del scope["user"].note
        await scope["user"].asave()

    await served(package, ada, app)

    assert (await User.objects.aget()).first_name == "Ada"
    assert not hasattr(ada, "note")


@pytest.mark.parametrize(
    "copied",
    [copy.copy, copy.deepcopy, lambda user: pickle.loads(pickle.dumps(user))],
    ids=["copy", "deepcopy", "pickle"],
)
async def test_a_copy_of_it_is_a_user(package: Load, copied: Any) -> None:
    ada = await User.objects.acreate(username="ada")

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        again = copied(scope["user"])
        assert type(again) is User
        assert again == ada
        assert again is not ada

    await served(package, ada, app)


@pytest.mark.parametrize("copied", [copy.copy, copy.deepcopy])
def test_before_it_is_known_a_copy_stands_for_it_too(
    package: Load, copied: Any
) -> None:
    lazy = package("auth").UserLazyObject

    again = copied(lazy())

    assert type(again) is lazy
    with pytest.raises(ValueError, match="user"):
        _ = again.username


def test_what_the_user_has_is_listed(package: Load) -> None:
    lazy = package("auth").UserLazyObject()
    with pytest.raises(ValueError, match="user"):
        dir(lazy)

    lazy._wrapped = SimpleNamespace(nickname="ada")

    assert "nickname" in dir(lazy)


def bare(self: Any, inner: Any) -> None:
    self.inner = inner


def with_own(self: Any, inner: Any) -> None:
    super(type(self), self).__init__(inner)
    self.cookie = self.every = self.store = self.users = "own"


@pytest.mark.parametrize("init", [bare, with_own])
async def test_a_middleware_may_have_an_init_of_its_own(
    package: Load, key: str, init: Any
) -> None:
    auth, sessions = package("auth"), package("sessions")
    seen = []

    async def resolve_scope(self: Any, scope: Scope) -> None:
        scope["user"] = "ada"

    async def tell(scope: Scope, receive: Receive, send: Send) -> None:
        seen.append((scope["user"], scope["session"].session_key))

    by_token: Any = type(
        "ByToken",
        (auth.AuthMiddleware,),
        {"__init__": init, "resolve_scope": resolve_scope},
    )
    kept: Any = type("Kept", (sessions.SessionMiddleware,), {"__init__": init})
    app = sessions.CookieMiddleware(kept(by_token(tell)))
    cookie = f"sessionid={key}".encode()
    scope = {"type": "http", "path": "/", "headers": [(b"cookie", cookie)]}
    await ApplicationCommunicator(app, scope).wait(20)

    assert seen == [("ada", key)]


async def test_a_middleware_may_have_methods_of_any_name(package: Load) -> None:
    seen: list[str] = []

    class ByToken(package("auth").AuthMiddleware):  # type: ignore[misc]
        def populate_scope(self, scope: Scope) -> None:
            scope.setdefault("user", package("auth").UserLazyObject())

        async def resolve_scope(self, scope: Scope) -> None:
            scope["user"]._wrapped = self._resolve(self._who(scope))

        def _who(self, scope: Scope) -> Any:
            return scope["path"]

        def _resolve(self, path: str) -> str:
            return path.strip("/") + self._socket

        _socket = "!"

    async def tell(scope: Scope, receive: Receive, send: Send) -> None:
        seen.append(str(scope["user"]))

    app = ByToken(tell)
    await ApplicationCommunicator(app, {"type": "http", "path": "/ada"}).wait()

    assert seen == ["ada!"]


async def test_a_middleware_passes_on_what_the_server_says(
    package: Load,
) -> None:
    said = []

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        said.append(await send({"type": "websocket.accept"}))

    async def send(event: Message) -> str:
        return "sent"

    scope = {"type": "websocket", "path": "/", "headers": []}
    stacked = package("auth").AuthMiddlewareStack(app)
    await asyncio.wait_for(stacked(scope, asyncio.Queue().get, send), 20)

    assert said == ["sent"]
