"""Groups declared on the class, and what comes from the layer."""

import asyncio
import contextlib
from collections.abc import Sequence

import pytest

from minichannels.consumer import AsyncConsumer
from minichannels.exceptions import (
    InvalidChannelLayerError,
)
from minichannels.generic.websocket import (
    AsyncJsonWebsocketConsumer,
    AsyncWebsocketConsumer,
    JsonWebsocketConsumer,
    WebsocketConsumer,
)
from minichannels.layers import InMemoryChannelLayer, channel_layers
from minichannels.testing import WebsocketCommunicator
from minichannels.types import Message
from support.either_style import (
    connected,
    connecting,
    either,
    sent,
    styles,
)
from support.layers import LayerWithoutExtensions, LayerWithoutGroups, no_layer

# Groups declared on the class


@styles
async def test_declared_groups_are_joined_and_left(
    style: str, layer: InMemoryChannelLayer
) -> None:
    groups_at_disconnect: list[list[str]] = []

    class AsyncChat(AsyncWebsocketConsumer):
        groups = ("a", "b")

        async def disconnect(self, code: int) -> None:
            groups_at_disconnect.append(list(layer.groups))

    class SyncChat(WebsocketConsumer):
        groups = ("a", "b")

        def disconnect(self, code: int) -> None:
            groups_at_disconnect.append(list(layer.groups))

    client = await connected(either(style, AsyncChat, SyncChat))
    assert list(layer.groups) == ["a", "b"]
    await client.disconnect()
    assert groups_at_disconnect == [[]]


async def test_groups_may_be_chosen_by_an_instance(
    layer: InMemoryChannelLayer,
) -> None:
    class Chat(AsyncWebsocketConsumer):
        def __init__(self, room: str) -> None:
            self.groups = [room]
            super().__init__()

    client = WebsocketCommunicator(Chat.as_asgi(room="lobby"), "/")
    await client.connect()
    assert list(layer.groups) == ["lobby"]
    await client.disconnect()


@styles
async def test_declared_groups_are_left_on_a_layer_without_release(
    style: str,
) -> None:
    class AsyncChat(AsyncWebsocketConsumer):
        groups = ("room",)

    class SyncChat(WebsocketConsumer):
        groups = ("room",)

    foreign = LayerWithoutExtensions()
    channel_layers.set("default", foreign)
    client = await connected(either(style, AsyncChat, SyncChat))
    assert list(foreign.inner.groups) == ["room"]
    await client.disconnect()
    assert foreign.inner.groups == {}
    assert foreign.inner.channels == {}


@styles
@pytest.mark.parametrize("end", ["error", "cancel"])
async def test_declared_groups_are_left_without_release_however_it_ends(
    style: str, end: str
) -> None:
    class AsyncChat(AsyncWebsocketConsumer):
        groups = ("room", "door")

        async def receive(self, text_data: str) -> None:  # type: ignore[override]  # as in tutorials
            raise LookupError

    class SyncChat(WebsocketConsumer):
        groups = ("room", "door")

        def receive(self, text_data: str) -> None:  # type: ignore[override]  # as in tutorials
            raise LookupError

    foreign = LayerWithoutExtensions()
    channel_layers.set("default", foreign)
    client = await connected(either(style, AsyncChat, SyncChat))
    assert list(foreign.inner.groups) == ["room", "door"]
    if end == "error":
        await client.send_to("hi")
        with pytest.raises(LookupError):
            await client.wait()
    else:
        async with client:
            pass
    assert foreign.inner.groups == {}


@styles
async def test_groups_that_were_joined_before_an_error_are_left_again(
    style: str,
) -> None:
    class AsyncChat(AsyncWebsocketConsumer):
        groups = ("room", "no room")

    class SyncChat(WebsocketConsumer):
        groups = ("room", "no room")

    foreign = LayerWithoutExtensions()
    channel_layers.set("default", foreign)
    client = await connecting(either(style, AsyncChat, SyncChat))
    with pytest.raises(TypeError, match="invalid group name 'no room'"):
        await client.wait()
    assert foreign.inner.groups == {}


@styles
async def test_a_group_whose_joining_is_cancelled_is_left_again(
    style: str,
) -> None:
    """A network's answer may be under way when the call is given up."""

    class AsyncChat(AsyncWebsocketConsumer):
        groups = ("room",)

    class SyncChat(WebsocketConsumer):
        groups = ("room",)

    foreign, joined = LayerWithoutExtensions(), asyncio.Event()

    async def group_add(group: str, channel: str) -> None:
        await foreign.inner.group_add(group, channel)
        joined.set()
        await asyncio.Event().wait()

    foreign.group_add = group_add
    channel_layers.set("default", foreign)
    async with await connecting(either(style, AsyncChat, SyncChat)):
        await joined.wait()
        assert list(foreign.inner.groups) == ["room"]
    assert foreign.inner.groups == {}


@styles
async def test_each_group_is_left_though_one_cannot_be(style: str) -> None:
    class AsyncChat(AsyncWebsocketConsumer):
        groups = ("room", "door", "hall")

    class SyncChat(WebsocketConsumer):
        groups = ("room", "door", "hall")

    foreign = LayerWithoutExtensions()

    async def group_discard(group: str, channel: str) -> None:
        if group == "door":
            raise ConnectionError("no way to the door")
        await foreign.inner.group_discard(group, channel)

    foreign.group_discard = group_discard
    channel_layers.set("default", foreign)
    client = await connected(either(style, AsyncChat, SyncChat))
    await client.send_input({"type": "websocket.disconnect"})
    with pytest.raises(ConnectionError, match="no way to the door"):
        await client.wait()
    assert list(foreign.inner.groups) == ["door"]


@styles
@pytest.mark.parametrize("foreign", [LayerWithoutGroups(), None])
async def test_declared_groups_need_a_layer_with_groups(
    style: str, foreign: LayerWithoutGroups | None
) -> None:
    class AsyncChat(AsyncWebsocketConsumer):
        groups = ("room",)

    class SyncChat(WebsocketConsumer):
        groups = ("room",)

    chat = either(style, AsyncChat, SyncChat)
    channel_layers.set("default", foreign)
    context = no_layer() if foreign is None else contextlib.nullcontext()
    with context:
        client = await connecting(chat)
        with pytest.raises(InvalidChannelLayerError) as raised:
            await client.wait()
    assert str(raised.value) == (
        f"{chat.__name__}.groups needs a channel layer with groups, and"
        " 'default' has none"
    )


@pytest.mark.parametrize("none", [(), [], ""])
@pytest.mark.parametrize("foreign", [LayerWithoutGroups(), None])
async def test_no_groups_need_no_layer_with_groups(
    none: Sequence[str], foreign: LayerWithoutGroups | None
) -> None:
    class Chat(AsyncWebsocketConsumer):
        groups = none

    channel_layers.set("default", foreign)
    context = no_layer() if foreign is None else contextlib.nullcontext()
    with context:
        client = await connected(Chat)
        await client.disconnect()

    assert client.future.exception() is None


async def test_groups_that_are_a_method_are_a_type_error() -> None:
    class Chat(AsyncWebsocketConsumer):
        def groups(self) -> list[str]:  # type: ignore[override]
            return ["room"]

    client = await connecting(Chat)
    with pytest.raises(TypeError, match=r"Chat\.groups is a list of names"):
        await client.wait()


@styles
async def test_init_that_does_not_call_the_librarys_is_a_type_error(
    style: str,
) -> None:
    class AsyncChat(AsyncWebsocketConsumer):
        def __init__(self) -> None:
            self.seen: list[str] = []

    class SyncChat(WebsocketConsumer):
        def __init__(self) -> None:
            self.seen: list[str] = []

    client = await connecting(either(style, AsyncChat, SyncChat))
    with pytest.raises(TypeError) as raised:
        await client.wait()
    assert str(raised.value).endswith(
        "Chat.groups is a list of names, not None; write super().__init__() in"
        " its __init__"
    )


# Messages of the layer


ASYNC_NAMES = [
    *("accept", "accept_later", "as_asgi", "base_send", "channel_layer"),
    *("channel_layer_alias", "channel_name", "channel_receive", "close"),
    *("connect", "deny", "disconnect", "dispatch", "groups", "receive"),
    *("scope", "send"),
    *("websocket_connect", "websocket_disconnect", "websocket_receive"),
]


JSON_NAMES = [
    *("decode_json", "encode_json", "receive_invalid", "receive_json"),
    "send_json",
]


@pytest.mark.parametrize(
    ("consumer", "names"),
    [
        (AsyncWebsocketConsumer, ASYNC_NAMES),
        (WebsocketConsumer, [*ASYNC_NAMES, "thread_sensitive"]),
        (AsyncJsonWebsocketConsumer, [*ASYNC_NAMES, *JSON_NAMES]),
        (
            JsonWebsocketConsumer,
            [*ASYNC_NAMES, *JSON_NAMES, "thread_sensitive"],
        ),
    ],
)
def test_lists_of_names_are_complete(
    consumer: type[AsyncConsumer], names: list[str]
) -> None:
    public = {name for name in dir(consumer) if not name.startswith("_")}
    declared = {"base_send", "channel_layer", "channel_name", "scope"}
    assert sorted(names) == sorted(public | declared)


@pytest.mark.parametrize("name", ASYNC_NAMES)
@styles
async def test_a_layer_message_cannot_name_what_the_library_defines(
    style: str, name: str, layer: InMemoryChannelLayer
) -> None:
    class AsyncChat(AsyncWebsocketConsumer):
        groups = ("room",)

        async def chat_message(self, event: Message) -> None:
            await self.send(event["text"])

    class SyncChat(WebsocketConsumer):
        groups = ("room",)

        def chat_message(self, event: Message) -> None:
            self.send(event["text"])

    chat = either(style, AsyncChat, SyncChat)
    victim, other = await connected(chat), await connected(chat)
    channel = next(iter(layer.groups["room"]))
    await layer.send(channel, {"type": name.replace("_", "."), "text": "x"})
    with pytest.raises(ValueError, match=f"from a channel layer: {name} is "):
        await victim.wait()
    assert sent(victim) == []
    await layer.group_send("room", {"type": "chat.message", "text": "still"})
    assert await other.receive_from() == "still"
    await other.disconnect()
    assert (layer.groups, layer.channels) == ({}, {})


@pytest.mark.parametrize("name", JSON_NAMES)
async def test_a_layer_message_cannot_name_what_json_consumers_define(
    name: str, layer: InMemoryChannelLayer
) -> None:
    class Chat(AsyncJsonWebsocketConsumer):
        groups = ("room",)

    client = await connected(Chat)
    await layer.group_send("room", {"type": name})
    with pytest.raises(ValueError, match=f"from a channel layer: {name} is "):
        await client.wait()


@pytest.mark.parametrize(
    "kind", ["websocket.receive", "websocket_receive", "receive", "close"]
)
async def test_a_layer_message_cannot_name_an_overridden_method(
    kind: str, layer: InMemoryChannelLayer
) -> None:
    calls: list[str] = []

    class Chat(AsyncWebsocketConsumer):
        groups = ("room",)

        async def websocket_receive(self, message: Message) -> None:
            calls.append("websocket_receive")

        async def receive(
            self, text_data: str | None = None, bytes_data: bytes | None = None
        ) -> None:
            calls.append("receive")

        async def close(
            self, code: int | bool | None = None, reason: str | None = None
        ) -> None:
            calls.append("close")

    client = await connected(Chat)
    await layer.group_send("room", {"type": kind, "text": "forged"})
    with pytest.raises(ValueError, match="from a channel layer"):
        await client.wait()
    assert calls == []


async def test_a_client_event_reaches_an_overridden_method() -> None:
    class Chat(AsyncWebsocketConsumer):
        async def websocket_receive(self, message: Message) -> None:
            await self.send(f"raw: {message['text']}")

    client = await connected(Chat)
    await client.send_to("hi")
    assert await client.receive_from() == "raw: hi"
    await client.disconnect()
