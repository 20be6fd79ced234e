"""The sockets of who logs out on a page, or whose account has changed."""

import logging
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from asgiref.sync import async_to_sync, sync_to_async
from django.contrib import auth as pages
from django.contrib.auth.models import AnonymousUser, User
from django.core.exceptions import ImproperlyConfigured
from django.db import transaction
from django.db.models.signals import post_save
from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from minichannels.auth import (
    AuthMiddleware,
    AuthMiddlewareStack,
    check_sockets,
    close_sockets,
    get_user,
    refresh_user,
)
from minichannels.auth.logins import LOGIN
from minichannels.contrib.django import following
from minichannels.generic.websocket import AsyncWebsocketConsumer
from minichannels.layers import channel_layers
from minichannels.sessions import SessionMiddlewareStack
from minichannels.testing import WebsocketCommunicator
from minichannels.types import Scope
from support.django_logins import (
    page_login,
    page_logout,
    page_of,
    saved,
    scope_of,
)

pytestmark = pytest.mark.usefixtures("database")


class Room(AsyncWebsocketConsumer):
    async def receive(
        self, text_data: str | None = None, bytes_data: bytes | None = None
    ) -> None:
        user = await refresh_user(self.scope)
        await self.send(f"{user.username}: {text_data}")


class Away:
    """A layer whose server cannot be reached."""

    async def group_send(self, group: str, message: Any) -> None:
        raise ConnectionError("redis://user:secret@host")


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
    await scope["session"].aget(LOGIN)  # it is loaded now
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
    key = await sync_to_async(page_login)(ada)
    channel_layers.set("default", Away())

    with caplog.at_level(logging.ERROR, "minichannels"):
        await sync_to_async(page_logout)(key, ada)

    assert isinstance(await get_user(await scope_of(key)), AnonymousUser)
    assert caplog.messages == [
        "a logout has not closed the user's sockets: ConnectionError"
    ]


def deactivate(user: User) -> None:
    user.is_active = False
    user.save()


def change_password(user: User) -> None:
    user.set_password("byron")
    user.save(update_fields=["password"])


def delete(user: User) -> None:
    user.delete()


class Staff(User):
    """A model that stands for the same users under another name."""

    class Meta:
        app_label = "auth"
        proxy = True


def delete_by_proxy(user: User) -> None:
    Staff.objects.get(pk=user.pk).delete()


@pytest.mark.parametrize(
    "change", [deactivate, change_password, delete, delete_by_proxy]
)
async def test_change_of_an_account_closes_its_sockets(
    ada: User, eve: User, change: Any
) -> None:
    tabs = [
        await connected(await sync_to_async(page_login)(ada)) for _ in range(2)
    ]
    eves = await connected(await sync_to_async(page_login)(eve))

    await sync_to_async(change)(ada)

    for tab in tabs:
        assert await end_of(tab) == ("websocket.close", 4401)
    await eves.send_to("hi")
    assert await eves.receive_from() == "eve: hi"
    await eves.disconnect()


@pytest.mark.parametrize("tell", [check_sockets, close_sockets])
async def test_sockets_of_a_lazy_user_are_told(
    ada: User, tell: Callable[[Any], Awaitable[None]]
) -> None:
    class Lazily(AuthMiddleware):
        async def resolve_scope(self, scope: Scope) -> None:
            scope["user"] = lazy()

    def lazy() -> Any:
        return SimpleLazyObject(lambda: User.objects.get(username="ada"))

    app = SessionMiddlewareStack(Lazily(Room.as_asgi()))
    client = WebsocketCommunicator(app, "/")
    assert (await client.connect())[0]

    await User.objects.filter(pk=ada.pk).aupdate(is_active=False)
    await tell(lazy())

    if tell is close_sockets:
        assert await end_of(client) == ("websocket.close", 4401)
    else:
        await client.send_to("there?")
        assert await client.receive_from() == "ada: there?"
        await client.disconnect()


async def test_change_of_something_else_closes_nothing(ada: User) -> None:
    tab = await connected(await sync_to_async(page_login)(ada))

    ada.email = "ada@example.org"
    await ada.asave()

    await tab.send_to("hi")
    assert await tab.receive_from() == "ada: hi"
    await tab.disconnect()


async def test_change_in_a_transaction_is_told_after_it(ada: User) -> None:
    tab = await connected(await sync_to_async(page_login)(ada))

    def change() -> None:
        with transaction.atomic():
            deactivate(ada)
            async_to_sync(tab.receive_nothing)()

    await sync_to_async(change)()

    assert await end_of(tab) == ("websocket.close", 4401)


async def test_new_user_and_a_login_are_no_changes(
    ada: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[int] = []
    monkeypatch.setattr(following, "_check_sockets", told.append)

    await User.objects.acreate(username="bob")
    await ada.asave(update_fields=["last_login"])
    assert told == []
    await ada.asave()

    assert told == [ada.pk]


async def test_change_goes_on_though_the_layer_is_away(
    ada: User, caplog: pytest.LogCaptureFixture
) -> None:
    channel_layers.set("default", Away())

    with caplog.at_level(logging.ERROR, "minichannels"):
        await sync_to_async(deactivate)(ada)

    assert not (await User.objects.aget(pk=ada.pk)).is_active
    assert caplog.messages == [
        "a user's sockets were not told of a change: ConnectionError"
    ]


def test_project_without_users_has_none_to_follow(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def get_user_model() -> None:
        raise ImproperlyConfigured

    monkeypatch.setattr(pages, "get_user_model", get_user_model)

    assert following.models_of_users() == []


async def test_page_without_a_session_or_a_user_closes_nothing(
    ada: User,
) -> None:
    tab = await connected(await sync_to_async(page_login)(ada))

    def send() -> None:
        for signal in (pages.user_logged_in, pages.user_logged_out):
            signal.send(sender=User, request=HttpRequest(), user=User(pk=1))
        pages.logout(page_of())

    await sync_to_async(send)()

    await tab.send_to("hi")
    assert await tab.receive_from() == "ada: hi"


async def test_login_that_a_project_tells_of_needs_no_request(
    ada: User,
) -> None:
    tab = await connected(await sync_to_async(page_login)(ada))

    def send() -> None:
        for signal in (pages.user_logged_in, pages.user_logged_out):
            signal.send(sender=User, user=ada)
            signal.send(sender=User)

    await sync_to_async(send)()

    await tab.send_to("hi")
    assert await tab.receive_from() == "ada: hi"
    await tab.disconnect()


async def test_change_that_a_project_tells_of_needs_no_database(
    ada: User,
) -> None:
    tab = await connected(await sync_to_async(page_login)(ada))
    await User.objects.filter(pk=ada.pk).aupdate(is_active=False)

    await sync_to_async(post_save.send)(sender=User, instance=ada)

    assert await end_of(tab) == ("websocket.close", 4401)
