"""Users of Django in consumers, and the sockets of who logs out on a page."""

import logging
from collections.abc import Iterator
from typing import Any

import pytest
from asgiref.sync import async_to_sync, sync_to_async
from django.contrib import auth as pages
from django.contrib.auth.models import AnonymousUser, User
from django.contrib.sessions.backends.db import SessionStore
from django.db import transaction
from django.http import HttpRequest
from django.test import override_settings

from minichannels.auth import (
    AuthMiddlewareStack,
    get_user,
    login,
    logout,
    refresh_user,
)
from minichannels.auth.logins import LOGIN
from minichannels.generic.websocket import AsyncWebsocketConsumer
from minichannels.layers import channel_layers
from minichannels.sessions import SessionMiddlewareStack
from minichannels.testing import ApplicationCommunicator, WebsocketCommunicator
from minichannels.types import Receive, Scope, Send

MODEL = "django.contrib.auth.backends.ModelBackend"
OTHER = "django.contrib.auth.backends.AllowAllUsersModelBackend"


@pytest.fixture(autouse=True)
def in_database() -> Iterator[None]:
    """Users and sessions are in the database, as in a new project."""
    with override_settings(
        AUTHENTICATION_BACKENDS=[MODEL],
        SESSION_ENGINE="django.contrib.sessions.backends.db",
    ):
        yield
        User.objects.all().delete()


@pytest.fixture
def ada() -> User:
    return User.objects.create_user("ada", password="lovelace")


@pytest.fixture
def eve() -> User:
    return User.objects.create_user("eve", password="apple")


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


# Users


async def test_nobody_is_there_at_first() -> None:
    user = await get_user(await scope_of())

    assert isinstance(user, AnonymousUser)


async def test_user_is_there_after_the_login(ada: User) -> None:
    scope = await scope_of()

    await login(scope, ada)
    key = await saved(scope)

    assert scope["user"] == ada
    assert await get_user(await scope_of(key)) == ada
    page = await sync_to_async(page_of)(key)
    assert await sync_to_async(pages.get_user)(page) == ada


async def test_user_who_has_logged_in_on_a_page_is_there(ada: User) -> None:
    key = await sync_to_async(page_login)(ada)

    scope = await scope_of(key)

    assert await get_user(scope) == ada
    assert scope["session"][LOGIN]


async def test_login_keeps_what_was_in_the_session_under_a_new_key(
    ada: User,
) -> None:
    scope = await scope_of()
    scope["session"]["cart"] = ["book"]
    key = await saved(scope)

    await login(scope, ada)

    assert scope["session"]["cart"] == ["book"]
    assert scope["session"].session_key != key


async def test_login_of_the_same_user_keeps_the_session(ada: User) -> None:
    scope = await scope_of(await sync_to_async(page_login)(ada))
    before = {**await get_data(scope)}

    await login(scope, ada)

    assert await get_data(scope) == before


async def get_data(scope: Scope) -> dict[str, Any]:
    return dict(await scope["session"].aitems())


@pytest.mark.parametrize("changed", ["user", "password"])
async def test_login_of_somebody_else_begins_an_empty_session(
    ada: User, eve: User, changed: str
) -> None:
    scope = await scope_of(await sync_to_async(page_login)(ada))
    await get_data(scope)
    scope["session"]["cart"] = ["book"]
    ada.set_password("byron")

    await login(scope, eve if changed == "user" else ada)

    assert "cart" not in scope["session"]


async def test_login_and_logout_are_told(ada: User) -> None:
    heard = []

    def hear(signal: Any, user: Any, request: Any, **_: Any) -> None:
        heard.append((signal, user, request))

    scope = await scope_of()
    for signal in (pages.user_logged_in, pages.user_logged_out):
        signal.connect(hear)
    await login(scope, ada)
    await logout(scope)
    await logout(scope)
    for signal in (pages.user_logged_in, pages.user_logged_out):
        signal.disconnect(hear)

    assert heard == [
        (pages.user_logged_in, ada, None),
        (pages.user_logged_out, ada, None),
    ]


async def test_login_needs_a_backend_if_there_are_several(ada: User) -> None:
    scope = await scope_of()
    with override_settings(AUTHENTICATION_BACKENDS=[MODEL, OTHER]):
        with pytest.raises(ValueError, match="2 AUTHENTICATION_BACKENDS"):
            await login(scope, ada)
        await login(scope, ada, OTHER)
        assert scope["session"][pages.BACKEND_SESSION_KEY] == OTHER
        assert await get_user(scope) == ada

    # A backend that the project has no longer lets nobody in.
    assert isinstance(await get_user(scope), AnonymousUser)


async def test_logout_leaves_nothing(ada: User) -> None:
    key = await sync_to_async(page_login)(ada)
    scope = await scope_of(key)
    scope["user"] = await get_user(scope)

    await logout(scope)

    assert isinstance(scope["user"], AnonymousUser)
    assert await get_data(await scope_of(key)) == {}


async def test_session_with_another_password_is_nobodys(ada: User) -> None:
    key = await sync_to_async(page_login)(ada)
    await sync_to_async(change_password)(ada)

    assert isinstance(await get_user(await scope_of(key)), AnonymousUser)
    assert await get_data(await scope_of(key)) == {}


def change_password(user: User) -> None:
    user.set_password("byron")
    user.save()


async def test_session_of_a_former_secret_key_is_as_good(ada: User) -> None:
    with override_settings(SECRET_KEY="the former one"):
        key = await sync_to_async(page_login)(ada)

    with override_settings(SECRET_KEY_FALLBACKS=["the former one"]):
        assert await get_user(await scope_of(key)) == ada
    assert isinstance(await get_user(await scope_of(key)), AnonymousUser)


@pytest.mark.parametrize("how", ["deleted", "not active"])
async def test_user_who_is_gone_is_nobody(ada: User, how: str) -> None:
    key = await sync_to_async(page_login)(ada)
    if how == "deleted":
        await ada.adelete()
    else:
        await User.objects.aupdate(is_active=False)

    assert isinstance(await get_user(await scope_of(key)), AnonymousUser)


async def test_user_without_a_hash_is_let_in(
    ada: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delattr(
        "django.contrib.auth.base_user.AbstractBaseUser.get_session_auth_hash"
    )
    scope = await scope_of()

    await login(scope, ada)

    assert await get_user(scope) == ada


# Sockets


class Room(AsyncWebsocketConsumer):
    async def receive(
        self, text_data: str | None = None, bytes_data: bytes | None = None
    ) -> None:
        user = await refresh_user(self.scope)
        await self.send(f"{user.username}: {text_data}")


async def connected(key: str) -> WebsocketCommunicator:
    cookie = (b"cookie", b"sessionid=" + key.encode())
    app = AuthMiddlewareStack(Room.as_asgi())
    client = WebsocketCommunicator(app, "/", [cookie])
    assert (await client.connect())[0]
    return client


async def end_of(client: WebsocketCommunicator) -> Any:
    """Return the close code that a client gets."""
    event = await client.receive_output()
    await client.send_input({"type": "websocket.disconnect", "code": 1000})
    await client.wait()
    return event["type"], event.get("code")


async def test_logout_on_a_page_closes_the_sockets_of_that_login(
    ada: User,
) -> None:
    key = await sync_to_async(page_login)(ada)
    other_key = await sync_to_async(page_login)(ada)
    tabs = [await connected(key), await connected(key)]
    elsewhere = await connected(other_key)

    await sync_to_async(page_logout)(key, ada)

    for tab in tabs:
        assert await end_of(tab) == ("websocket.close", 4401)
    await elsewhere.send_to("hi")
    assert await elsewhere.receive_from() == "ada: hi"
    await elsewhere.disconnect()


async def test_logout_of_a_login_without_a_name_closes_all(ada: User) -> None:
    key = await sync_to_async(page_login)(ada)
    scope = await scope_of(key)
    await get_data(scope)
    del scope["session"][LOGIN]  # as of before the bridge
    await saved(scope)
    tab = await connected(key)

    await sync_to_async(page_logout)(key, ada)

    assert await end_of(tab) == ("websocket.close", 4401)


async def test_logout_in_a_transaction_closes_them_after_it(ada: User) -> None:
    key = await sync_to_async(page_login)(ada)
    tab = await connected(key)

    def leave() -> None:
        with transaction.atomic():
            page_logout(key, ada)
            async_to_sync(tab.receive_nothing)()

    await sync_to_async(leave)()

    assert await end_of(tab) == ("websocket.close", 4401)


async def test_logout_goes_on_though_the_layer_is_away(
    ada: User, caplog: pytest.LogCaptureFixture
) -> None:
    class Away:
        async def group_send(self, group: str, message: Any) -> None:
            raise ConnectionError("redis://user:secret@host")

    key = await sync_to_async(page_login)(ada)
    channel_layers.set("default", Away())

    with caplog.at_level(logging.ERROR, "minichannels"):
        await sync_to_async(page_logout)(key, ada)

    assert isinstance(await get_user(await scope_of(key)), AnonymousUser)
    assert caplog.messages == [
        "a logout has not closed the user's sockets: ConnectionError"
    ]


async def test_page_without_a_session_or_a_user_closes_nothing() -> None:
    def send() -> None:
        for signal in (pages.user_logged_in, pages.user_logged_out):
            signal.send(sender=User, request=HttpRequest(), user=User(pk=1))
        pages.logout(page_of())

    await sync_to_async(send)()
