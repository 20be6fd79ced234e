"""A user's sockets end with the login, wherever that ends."""

import asyncio
import logging
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack
from types import SimpleNamespace
from typing import Any

import pytest

from minichannels.auth import (
    AnonymousUser,
    AuthMiddleware,
    AuthMiddlewareStack,
    check_sockets,
    close_sockets,
)
from minichannels.auth.closing import group_of
from minichannels.auth.sockets import UserSocket
from minichannels.flow import record
from minichannels.generic.websocket import (
    AsyncWebsocketConsumer,
)
from minichannels.layers import InMemoryChannelLayer, channel_layers
from minichannels.sessions import (
    MemoryStore,
    SessionDict,
    SessionMiddlewareStack,
)
from minichannels.sessions.signed import SignedCookieStore
from minichannels.testing import WebsocketCommunicator
from minichannels.types import Message, Scope
from support.layers import LayerWithoutExtensions, fresh_layer, no_layer
from support.loops import ticks
from support.users import User, Users, site
from support.visits import Room, SyncRoom, Visit, is_closed, says

CLOSED = {
    "type": "websocket.close",
    "code": 4401,
    "reason": "not logged in any more",
}


@pytest.fixture(autouse=True)
def layer() -> Iterator[InMemoryChannelLayer]:
    with fresh_layer() as layer:
        yield layer


@pytest.fixture
def users() -> Users:
    return Users("ada", "bob")


@pytest.fixture(params=["memory", "signed"])
def store(request: pytest.FixtureRequest) -> Any:
    if request.param == "memory":
        return MemoryStore()
    return SignedCookieStore(["a key for the tests alone"])


@pytest.fixture
async def stack() -> AsyncIterator[AsyncExitStack]:
    async with AsyncExitStack() as stack:
        yield stack


def ask_every(visit: Visit, seconds: float) -> None:
    """Have sockets ask again who their users are, as often as that."""
    auth: Any = visit.app.inner.inner  # type: ignore[attr-defined]
    auth._minichannels = auth._minichannels[0], seconds


async def test_logout_closes_the_tabs_of_that_login_and_no_others(
    users: Users, store: Any, stack: AsyncExitStack
) -> None:
    visit = Visit(users, store, stack)
    laptop, phone = await visit.door("ada"), await visit.door("ada")
    one, two = await visit.tab(laptop), await visit.tab(laptop)
    other, bobs = (
        await visit.tab(phone),
        await visit.tab(await visit.door("bob")),
    )

    await visit.door("", laptop)

    assert await is_closed(one)
    assert await is_closed(two)
    assert [await says(client) for client in (other, bobs)] == ["ada", "bob"]
    again = await visit.tab(laptop)  # with the old cookie
    assert await says(again) == "None"


async def test_logout_closes_tabs_on_the_layer_of_the_middleware(
    users: Users, stack: AsyncExitStack, monkeypatch: pytest.MonkeyPatch
) -> None:
    elsewhere = InMemoryChannelLayer()
    layers = {"default": InMemoryChannelLayer(), "elsewhere": elsewhere}
    monkeypatch.setattr(channel_layers, "backends", layers)
    monkeypatch.setattr(AuthMiddleware, "channel_layer_alias", "elsewhere")
    visit = Visit(users, None, stack)
    laptop = await visit.door("ada")
    tab = await visit.tab(laptop)

    await visit.door("", laptop)

    assert await is_closed(tab)


@pytest.mark.parametrize("room", [Room, SyncRoom])
async def test_close_sockets_closes_all_of_a_user(
    users: Users, stack: AsyncExitStack, room: Any, layer: InMemoryChannelLayer
) -> None:
    visit = Visit(users, None, stack, room)
    tabs = [await visit.tab(await visit.door("ada")) for _ in range(3)]
    bobs = await visit.tab(await visit.door("bob"))

    await close_sockets(users["ada"], 4403)

    for tab in tabs:
        assert await is_closed(tab, 4403)
        await tab.disconnect(4403)
    assert visit.ended == [4403, 4403, 4403]
    assert await says(bobs) == "bob"
    assert list(layer.groups) == ["auth.user.bob"]


async def test_check_sockets_closes_who_would_not_be_let_in_any_more(
    users: Users,
    store: Any,
    stack: AsyncExitStack,
    caplog: pytest.LogCaptureFixture,
) -> None:
    visit = Visit(users, store, stack)
    tab = await visit.tab(await visit.door("ada"))

    await check_sockets("ada")
    assert await says(tab) == "ada"

    users["ada"].is_active = False
    with caplog.at_level(logging.INFO, "minichannels"):
        await check_sockets("ada")
        assert await is_closed(tab)
    assert caplog.messages == [
        "a client is nobody: its user is gone, or is not active",
        "a user's socket is closed, after auth.check",
    ]


async def test_socket_asks_again_by_itself(
    users: Users, stack: AsyncExitStack, layer: InMemoryChannelLayer
) -> None:
    visit = Visit(users, None, stack)
    ask_every(visit, 0.001)
    tab = await visit.tab(await visit.door("ada"))
    layer.groups.clear()  # as a layer does after a day
    joined = asyncio.Event()
    add = layer.group_add

    async def group_add(group: str, channel: str) -> None:
        await add(group, channel)
        joined.set()

    layer.group_add = group_add  # type: ignore[method-assign]
    await joined.wait()
    assert "auth.user.ada" in layer.groups
    del users["ada"]

    assert await is_closed(tab)


async def test_socket_asks_by_itself_however_much_it_hears(
    users: Users, stack: AsyncExitStack, layer: InMemoryChannelLayer
) -> None:
    visit = Visit(users, None, stack)
    ask_every(visit, 0.01)
    tab = await visit.tab(await visit.door("ada"))
    group = "auth.user.ada"
    (watched,) = layer.groups[group]
    receive = layer.receive

    async def of_another_login(channel: str) -> dict[str, Any]:
        if channel != watched:
            return await receive(channel)
        await asyncio.sleep(0)
        return {"type": "auth.close", "group": group, "token": "another"}

    layer.receive = of_another_login  # type: ignore[method-assign]
    del users["ada"]

    assert await is_closed(tab)


async def test_socket_asks_by_itself_though_it_has_heard_something(
    users: Users, stack: AsyncExitStack
) -> None:
    visit = Visit(users, None, stack)
    ask_every(visit, 0.01)
    tab = await visit.tab(await visit.door("ada"))
    await close_sockets("ada", login="another")
    del users["ada"]

    assert await is_closed(tab)


async def test_socket_that_hears_nothing_has_no_task_beside_it(
    users: Users, stack: AsyncExitStack
) -> None:
    visit = Visit(users, None, stack)
    tab = await visit.tab(await visit.door("ada"))
    names = {task.get_coro().__name__ for task in asyncio.all_tasks()}  # type: ignore[union-attr]
    assert "_watch" not in names

    await close_sockets("ada", login="another")
    names = {task.get_coro().__name__ for task in asyncio.all_tasks()}  # type: ignore[union-attr]

    assert "_watch" in names
    await tab.disconnect()


@pytest.mark.parametrize("asks", ["the socket", "the consumer"])
async def test_session_with_unsaved_changes_is_asked_for_too(
    users: Users, stack: AsyncExitStack, asks: str
) -> None:
    class Draft(Room):
        async def receive(
            self, text_data: str | None = None, bytes_data: bytes | None = None
        ) -> None:
            self.scope["session"]["draft"] = "not saved"
            await super().receive(text_data, bytes_data)

    store = MemoryStore()
    visit = Visit(users, store, stack, Draft)
    cookie = await visit.door("ada")
    tab = await visit.tab(cookie)
    assert await says(tab, "refresh") == "ada"

    store.delete(cookie.decode().partition("=")[2])

    if asks == "the consumer":
        assert await says(tab, "refresh") == "None"
    else:
        await check_sockets("ada")
        assert await is_closed(tab)


async def test_user_who_counts_as_nobody_now_has_no_socket(
    users: Users, stack: AsyncExitStack
) -> None:
    visit = Visit(users, None, stack)
    tab = await visit.tab(await visit.door("ada"))

    users["ada"].is_authenticated = False
    await check_sockets("ada")

    assert await is_closed(tab)


async def test_socket_that_is_left_as_it_is_rung_for_begins_no_task(
    layer: InMemoryChannelLayer,
) -> None:
    async def who(scope: Scope) -> User:
        return User("ada")

    async def send(message: Message) -> None: ...

    socket = UserSocket(None, who, layer, send, every=60)
    session = SessionDict(MemoryStore())
    scope = {"type": "websocket", "session": session, "user": User("ada")}
    await socket.join(scope)
    (channel,) = layer.groups[group_of("ada")]

    await layer.send(channel, {"type": "auth.check"})  # it begins in a moment
    await socket.leave()
    await ticks(3)

    assert len(asyncio.all_tasks()) == 1  # this test


async def test_user_of_a_projects_own_kind_needs_a_login_to_be_watched(
    layer: InMemoryChannelLayer,
) -> None:
    async def send(message: Message) -> None: ...

    socket = UserSocket(None, send, layer, send, every=60)
    session = SessionDict(MemoryStore())
    visitor = SimpleNamespace(pk=1)  # says nothing of a login
    scope = {"type": "websocket", "session": session, "user": visitor}

    assert not await socket.join(scope)
    assert layer.groups == {}


async def test_what_others_send_to_the_group_of_a_user_closes_nothing(
    users: Users, stack: AsyncExitStack, layer: InMemoryChannelLayer
) -> None:
    visit = Visit(users, None, stack)
    tab = await visit.tab(await visit.door("ada"))

    # As a chat does whose rooms have the names that its clients say.
    await layer.group_send("auth.user.ada", {"type": "chat.message"})
    await check_sockets("ada")
    users["ada"].is_active = False
    await check_sockets("ada")

    assert await is_closed(tab)


async def test_consumer_asks_again_who_its_user_is(
    users: Users, store: Any, stack: AsyncExitStack
) -> None:
    visit = Visit(users, store, stack)
    tab = await visit.tab(await visit.door("ada"))

    del users["ada"]

    assert await says(tab, "who?") == "ada"  # as it was
    assert await says(tab, "refresh") == "None"


async def test_socket_that_logs_out_itself_stays_open(
    users: Users, store: Any, stack: AsyncExitStack
) -> None:
    visit = Visit(users, store, stack)
    cookie = await visit.door("ada")
    here, there = await visit.tab(cookie), await visit.tab(cookie)

    assert await says(here, "logout") == "None"

    assert await is_closed(there)
    await close_sockets("ada")
    assert await says(here) == "None"


async def test_login_in_a_socket_is_watched_too(
    users: Users, stack: AsyncExitStack
) -> None:
    visit = Visit(users, None, stack)
    tab = await visit.tab(b"")
    assert await says(tab, "login") == "bob"

    await check_sockets("bob")  # it is not saved, and holds all the same
    assert await says(tab) == "bob"
    await close_sockets("bob")
    assert await is_closed(tab)


async def test_what_is_told_of_a_former_user_is_not_for_the_next(
    users: Users, stack: AsyncExitStack, layer: InMemoryChannelLayer
) -> None:
    visit = Visit(users, None, stack)
    tab = await visit.tab(await visit.door("ada"))
    add = layer.group_add

    async def group_add(group: str, channel: str) -> None:
        await add(group, channel)
        await close_sockets("ada")  # it is in both groups by now

    layer.group_add = group_add  # type: ignore[method-assign]

    assert await says(tab, "login") == "bob"
    assert await says(tab) == "bob"
    assert list(layer.groups) == ["auth.user.bob"]


async def test_logout_before_the_socket_is_watched_is_not_missed(
    users: Users, stack: AsyncExitStack, layer: InMemoryChannelLayer
) -> None:
    visit = Visit(users, None, stack)
    cookie = await visit.door("ada")
    add = layer.group_add

    async def group_add(group: str, channel: str) -> None:
        layer.group_add = add  # type: ignore[method-assign]
        await visit.door("", cookie)
        await add(group, channel)

    layer.group_add = group_add  # type: ignore[method-assign]
    tab = await visit.tab(cookie)

    assert await says(tab) == "None"


async def test_token_is_asked_for_again_as_it_was_at_first(
    users: Users, stack: AsyncExitStack
) -> None:
    tokens = {b"a token of ada's": "ada"}

    class ByToken(AuthMiddleware):
        async def resolve_scope(self, scope: Scope) -> None:
            token = dict(scope["headers"]).get(b"authorization", b"")
            scope["user"]._wrapped = users.get(
                tokens.get(token, ""), AnonymousUser()
            )

    room = type("Room", (Room,), {"ended": []})
    app = SessionMiddlewareStack(ByToken(room.as_asgi()))  # type: ignore[attr-defined]
    headers = [(b"authorization", token) for token in tokens]
    tab = WebsocketCommunicator(app, "/", headers)
    await stack.enter_async_context(tab)
    assert (await tab.connect())[0]

    await check_sockets("ada")
    assert await says(tab, "refresh") == "ada"
    tokens.clear()
    await check_sockets("ada")
    assert await is_closed(tab)


async def test_stack_within_a_stack_leaves_the_user_to_the_outer_one(
    users: Users, stack: AsyncExitStack
) -> None:
    visit = Visit(users, None, stack)
    visit.app = AuthMiddlewareStack(visit.app, users)
    tab = await visit.tab(await visit.door("ada"))

    assert await says(tab) == "ada"
    assert await says(tab, "login") == "bob"
    await close_sockets("bob")
    assert await is_closed(tab)
    assert tab.output_queue.empty()


async def test_socket_is_closed_once(
    users: Users, stack: AsyncExitStack
) -> None:
    class Leaves(AsyncWebsocketConsumer):
        async def connect(self) -> None:
            await self.close()

        async def disconnect(self, code: int) -> None:
            await close_sockets("ada")

    visit = Visit(users, None, stack)
    visit.app = site(users, Leaves)
    headers = [(b"cookie", await visit.door("ada"))]
    client = WebsocketCommunicator(visit.app, "/", headers)
    assert await client.connect() == (False, 1000)

    await client.disconnect()

    assert client.output_queue.empty()


async def test_what_an_application_sends_later_goes_nowhere(
    users: Users, stack: AsyncExitStack
) -> None:
    visit = Visit(users, None, stack)
    tab = await visit.tab(await visit.door("ada"))
    await close_sockets("ada")
    assert await is_closed(tab)

    await tab.send_to("too late")
    await tab.disconnect(4401)

    assert tab.output_queue.empty()
    assert visit.ended == [4401]


async def test_flow_says_why_a_users_socket_was_closed(
    users: Users, stack: AsyncExitStack, monkeypatch: pytest.MonkeyPatch
) -> None:
    visit = Visit(users, MemoryStore(), stack)
    with record(visit.app) as flow:
        visit.app = flow.app
        tab = await visit.tab(await visit.door("ada"))
        await close_sockets("ada")
        assert await is_closed(tab)
        tab = await visit.tab(await visit.door("ada"))
        monkeypatch.delattr(MemoryStore, "load")  # the store is down
        await check_sockets("ada")
        assert await is_closed(tab, 1011)

    shown = " ".join(repr(flow).split())  # however its lines are broken
    assert 'close 4401 "not logged in any more"' in shown
    assert 'close 1011 "who is logged in cannot be asked"' in shown


async def test_socket_that_cannot_be_watched_is_closed(
    users: Users,
    stack: AsyncExitStack,
    layer: InMemoryChannelLayer,
    caplog: pytest.LogCaptureFixture,
) -> None:
    class Down(Users):
        def __call__(self, pk: str, /) -> User | None:
            if self.pop("down", None):
                raise OSError("secret")
            return super().__call__(pk)

    down = Down("ada")
    visit = Visit(down, None, stack)
    tab = await visit.tab(await visit.door("ada"))
    down["down"] = User("down")

    with caplog.at_level(logging.ERROR, "minichannels"):
        await check_sockets("ada")
        assert await is_closed(tab, 1011)
    assert caplog.messages == ["a user's socket is closed: OSError"]


async def test_layer_without_extensions_will_do(
    users: Users, stack: AsyncExitStack
) -> None:
    channel_layers.set("default", LayerWithoutExtensions())
    visit = Visit(users, None, stack)
    tab = await visit.tab(await visit.door("ada"))

    await close_sockets("ada")

    assert await is_closed(tab)
    await tab.disconnect()


async def test_without_a_layer_users_are_known_and_not_watched(
    users: Users, stack: AsyncExitStack
) -> None:
    with no_layer():
        visit = Visit(users, None, stack)
        tab = await visit.tab(await visit.door("ada"))
        await close_sockets("ada")
        assert await says(tab) == "ada"
        await tab.disconnect()


async def test_projects_own_group_of_a_user_is_another(
    users: Users, stack: AsyncExitStack, layer: InMemoryChannelLayer
) -> None:
    class Notices(AsyncWebsocketConsumer):
        groups = ("user_ada",)

        async def notice(self, event: Message) -> None:
            await self.send("a notice")

    visit = Visit(users, None, stack, Notices)
    tab = await visit.tab(await visit.door("ada"))

    await check_sockets("ada")
    await layer.group_send("user_ada", {"type": "notice"})

    assert await tab.receive_from() == "a notice"


def test_group_of_a_user_is_one_that_a_layer_takes() -> None:
    layer = InMemoryChannelLayer()
    keys = ["ada", 7, "ada@example.org", "ü" * 500, "", "a b", "user_1\n"]

    groups = [group_of(key) for key in keys]

    assert all(map(layer.require_valid_group_name, groups))
    assert len(set(groups)) == len(keys)
    assert groups[:2] == ["auth.user.ada", "auth.user.7"]
    assert group_of(User("ada")) == "auth.user.ada"


@pytest.mark.parametrize(
    "code", [None, "4401", 999, 1005, 1006, 2000, 5000, 4401.0]
)
async def test_a_code_that_no_server_sends_reaches_no_socket(code: Any) -> None:
    with pytest.raises(ValueError, match=r"cannot be sent; use one from 3000"):
        await close_sockets("ada", code)
