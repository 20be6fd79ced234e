"""Differences that show in a project: its sessions, its users, its live server.

Each is in the README's table.
"""

import importlib
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.contrib.sessions.models import Session
from django.core.exceptions import SuspiciousOperation
from django.test import override_settings

from minichannels.auth import check_sockets
from minichannels.middleware import BaseMiddleware
from minichannels.testing import ApplicationCommunicator
from minichannels.types import Receive, Scope, Send
from support.both import PACKAGES

pytestmark = pytest.mark.usefixtures("project")


def both(module: str) -> Iterator[Any]:
    """Give a module of Channels, and ours."""
    return (importlib.import_module(f"{name}.{module}") for name in PACKAGES)


def session_store() -> Any:
    """Return the class of the project's sessions."""
    return importlib.import_module(
        "django.contrib.sessions.backends.db"
    ).SessionStore


async def test_a_session_that_was_emptied_is_not_saved(key: str) -> None:
    saved = []

    async def page(scope: Scope, receive: Receive, send: Send) -> None:
        await scope["session"].aflush()
        await send({"type": "http.response.start", "status": 200})
        saved.append(scope["session"].session_key is not None)

    async def send(event: Any) -> None: ...

    headers = [(b"cookie", b"sessionid=" + key.encode())]
    for module in both("sessions"):
        scope: Scope = {"type": "http", "headers": headers}
        await module.SessionMiddlewareStack(page)(scope, None, send)

    assert saved == [True, False]


BACKENDS = "django.contrib.sessions.backends."


@pytest.mark.parametrize("engine", ["db", "cache", "cached_db", "file"])
@pytest.mark.parametrize("is_always", [True, False])
async def test_a_cookie_of_no_session_that_is_to_be_saved_is_forgotten(
    engine: str, is_always: bool
) -> None:
    told: list[Any] = []

    async def page(scope: Scope, receive: Receive, send: Send) -> None:
        scope["session"].modified = not is_always  # and nobody has read it
        await send({"type": "http.response.start", "status": 200})

    async def send(event: Any) -> None:
        told.append(event["headers"][0][1])

    headers = [(b"cookie", b"sessionid=longexpired")]
    scope: Scope = {"type": "http", "headers": headers}
    theirs, ours = (m.SessionMiddlewareStack(page) for m in both("sessions"))
    with override_settings(
        SESSION_ENGINE=BACKENDS + engine, SESSION_SAVE_EVERY_REQUEST=is_always
    ):
        with pytest.raises(SuspiciousOperation):
            await theirs(dict(scope), None, send)
        await ours(dict(scope), None, send)

    (cookie,) = told
    assert cookie.startswith(b'sessionid="";')
    assert b"Max-Age=0" in cookie


async def test_what_was_not_saved_is_in_a_session_further_in(key: str) -> None:
    seen: list[Any] = []

    async def page(scope: Scope, receive: Receive, send: Send) -> None:
        seen.append(await scope["session"].aget("room"))

    headers = [(b"cookie", b"sessionid=" + key.encode())]
    for module in both("sessions"):

        async def between(
            scope: Scope, receive: Receive, send: Send, of: Any = module
        ) -> None:
            await scope["session"].aset("room", "lobby")
            await of.SessionMiddlewareStack(page)(scope, receive, send)

        scope: Scope = {"type": "http", "headers": headers}
        await module.SessionMiddlewareStack(between)(scope, None, None)

    assert seen == [None, "lobby"]


async def test_headers_that_responses_share_get_no_session_s_cookie() -> None:
    counts = []

    async def page(scope: Scope, receive: Receive, send: Send) -> None:
        scope["session"]["seed"] = 1
        shared = {"status": 200, "headers": headers}
        await send({"type": "http.response.start", **shared})

    async def send(event: Any) -> None: ...

    for module in both("sessions"):
        headers = [(b"content-type", b"text/plain")]
        app = module.SessionMiddlewareStack(page)
        for _ in range(2):
            await app({"type": "http", "headers": []}, None, send)
        counts.append(len(headers))

    assert counts == [3, 1]


@pytest.mark.parametrize("change", ["expired", "has another key"])
async def test_a_session_that_is_over_or_has_moved_has_no_sockets(
    layers: Any, change: str
) -> None:
    ada = await User.objects.acreate(username="ada")
    closed = []
    for module in both("auth"):
        session = session_store()()
        await module.login({"session": session}, ada)
        await session.asave()
        headers = [(b"cookie", f"sessionid={session.session_key}".encode())]
        scope: Scope = {"type": "websocket", "path": "/", "headers": headers}

        async def wait(scope: Scope, receive: Receive, send: Send) -> None:
            await send({"type": "websocket.accept"})
            await receive()

        client = ApplicationCommunicator(
            module.AuthMiddlewareStack(wait), scope
        )
        await client.receive_output()
        if change == "expired":
            row = Session.objects.filter(pk=session.session_key)
            await row.aupdate(expire_date=datetime.now(UTC))
        else:
            await session.acycle_key()
        await ada.asave()
        await check_sockets(ada)
        closed.append(not await client.receive_nothing())
        await client.send_input({"type": "websocket.disconnect"})
        await client.wait()

    assert closed == [False, True]


async def test_an_end_of_a_cookie_may_have_a_time_zone() -> None:
    told = []
    for module in both("sessions"):
        message: Any = {"type": "http.response.start"}
        end = datetime(2030, 1, 1, tzinfo=UTC)
        try:
            module.CookieMiddleware.set_cookie(message, "a", expires=end)
        except AttributeError:  # timezone.utc is gone from Django 5 on
            told.append(b"failed")
        else:
            told.append(message["headers"][0][1])

    assert told[0] == b"failed"
    assert b"expires=Tue, 01 Jan 2030 00:00:00 GMT" in told[1]


async def test_another_session_takes_its_place_in_the_scope_alone(
    key: str,
) -> None:
    done: list[str] = []

    async def page(scope: Scope, receive: Receive, send: Send) -> None:
        scope["session"]._wrapped = session_store()(key)
        done.append("done")

    scope: Scope = {"type": "http", "headers": []}
    theirs, ours = (m.SessionMiddlewareStack(page) for m in both("sessions"))
    await theirs(dict(scope), None, None)
    with pytest.raises(AttributeError, match="_wrapped"):
        await ours(dict(scope), None, None)

    assert done == ["done"]


@pytest.mark.parametrize("user", [None, "ada", {"name": "ada"}])
async def test_a_user_from_further_out_may_be_anything(
    key: str, user: Any
) -> None:
    seen: list[Any] = []

    async def page(scope: Scope, receive: Receive, send: Send) -> None:
        seen.append(scope["user"])

    headers = [(b"cookie", b"sessionid=" + key.encode())]
    scope: Scope = {"type": "http", "headers": headers, "user": user}
    theirs, ours = (m.AuthMiddlewareStack(page) for m in both("auth"))
    with pytest.raises(AttributeError, match="_wrapped"):
        await theirs(dict(scope), None, None)
    await ours(dict(scope), None, None)

    assert seen == [user]


async def test_what_connect_leaves_in_a_session_has_to_be_json(
    key: str,
) -> None:
    sent: list[str] = []

    async def socket(scope: Scope, receive: Receive, send: Send) -> None:
        await scope["session"].aset("seen", {1, 2})
        await send({"type": "websocket.accept"})

    async def send(event: Any) -> None:
        sent.append(event["type"])

    headers = [(b"cookie", b"sessionid=" + key.encode())]
    scope: Scope = {"type": "websocket", "headers": headers}
    theirs, ours = both("sessions")
    await theirs.SessionMiddlewareStack(socket)(dict(scope), None, send)
    with pytest.raises(TypeError, match="seen"):
        await ours.SessionMiddlewareStack(socket)(dict(scope), None, send)

    assert sent == ["websocket.accept"]


async def test_a_project_may_have_its_cookie_say_nothing_of_samesite() -> None:
    told: list[Any] = []

    async def page(scope: Scope, receive: Receive, send: Send) -> None:
        scope["session"]["seed"] = 1
        await send({"type": "http.response.start", "status": 200})

    async def send(event: Any) -> None:
        told.append(event["headers"][0][1])

    for module in both("sessions"):
        scope: Scope = {"type": "http", "headers": []}
        app = module.SessionMiddlewareStack(page)
        try:
            with override_settings(SESSION_COOKIE_SAMESITE=False):
                await app(scope, None, send)
        except AttributeError:  # of False.lower()
            told.append("failed")

    assert told[0] == "failed"
    assert b"SameSite" not in told[1]


async def test_a_login_writes_one_more_value_into_the_session() -> None:
    models: Any = importlib.import_module("django.contrib.auth.models")
    ada = await models.User.objects.acreate(username="ada")
    names = []
    for module in both("auth"):
        session = session_store()()
        await module.login({"session": session}, ada)
        names.append({name async for name in _names(session)})

    assert names[1] - names[0] == {"_auth_login"}
    assert names[0] < names[1]


async def _names(session: Any) -> Any:
    for name in await session.akeys():
        yield name


async def test_a_key_that_no_user_can_have_is_nobody_s() -> None:
    errors: Any = importlib.import_module("django.core.exceptions")
    session = session_store()()
    session["_auth_user_id"] = "no number"
    session["_auth_user_backend"] = "django.contrib.auth.backends.ModelBackend"
    theirs, ours = both("auth")

    with pytest.raises(errors.ValidationError):
        await theirs.get_user({"session": session})
    assert (await ours.get_user({"session": session})).is_anonymous


async def test_a_middleware_between_routers_is_called_for_what_matches() -> (
    None
):
    path = importlib.import_module("django.urls").re_path
    not_found = importlib.import_module("django.urls").Resolver404
    called: list[str] = []

    class Between(BaseMiddleware):
        async def __call__(self, scope: Scope, *others: Any) -> None:
            called.append(scope["path"])
            await super().__call__(scope, *others)

    async def page(scope: Scope, receive: Receive, send: Send) -> None: ...

    for module in both("routing"):
        inner = module.URLRouter([path("^known/", page)])
        router = module.URLRouter([path("^a/", Between(inner))])
        for word in ("known", "none"):
            scope = {"type": "websocket", "path": f"/a/{word}/"}
            try:
                await router(scope, None, None)
            except (ValueError, not_found):
                called.append("no route")

    theirs = ["/a/known/", "/a/none/", "no route"]
    assert called == [*theirs, "/a/known/", "no route"]


def test_a_live_server_has_what_a_test_has_patched() -> None:
    theirs, ours = (
        module.ChannelsLiveServerTestCase for module in both("testing.live")
    )

    process = importlib.import_module("multiprocessing").Process
    thread = importlib.import_module("minichannels.contrib.django.live")
    assert issubclass(theirs.ProtocolServerProcess, process)
    assert not hasattr(ours, "ProtocolServerProcess")
    assert not issubclass(thread.LiveServer, process)
