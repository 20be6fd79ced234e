import asyncio
import contextlib
import json
from collections.abc import Mapping
from typing import Any

import pytest
from asgiref.sync import async_to_sync

from minichannels.consumer import AsyncConsumer
from minichannels.exceptions import (
    AcceptConnection,
    DenyConnection,
    InvalidChannelLayerError,
    ProtocolError,
)
from minichannels.generic.websocket import (
    AsyncJsonWebsocketConsumer,
    AsyncWebsocketConsumer,
    JsonWebsocketConsumer,
    WebsocketConsumer,
)
from minichannels.layers import InMemoryChannelLayer, channel_layers
from minichannels.testing import ApplicationCommunicator, WebsocketCommunicator
from minichannels.types import Message, Receive, Scope, Send
from support.layers import LayerWithoutExtensions, LayerWithoutGroups, no_layer

ACCEPTED = {"type": "websocket.accept", "subprotocol": None}
REFUSED = {"type": "websocket.close"}

styles = pytest.mark.parametrize("style", ["async", "sync"])


def either(
    style: str, of_async: type[AsyncConsumer], of_sync: type[AsyncConsumer]
) -> type[AsyncConsumer]:
    return of_async if style == "async" else of_sync


def talk(
    consumer: type[AsyncConsumer], extensions: Mapping[str, Any] | None = None
) -> WebsocketCommunicator:
    communicator = WebsocketCommunicator(consumer.as_asgi(), "/")
    communicator.scope["extensions"] = extensions
    return communicator


async def connecting(consumer: type[AsyncConsumer]) -> WebsocketCommunicator:
    """Return a communicator that has asked for a connection."""
    client = talk(consumer)
    await client.send_input({"type": "websocket.connect"})
    return client


async def connected(consumer: type[AsyncConsumer]) -> WebsocketCommunicator:
    client = talk(consumer)
    assert await client.connect() == (True, None)
    return client


def sent(client: ApplicationCommunicator) -> list[Message]:
    """Return the events that nobody has taken yet."""
    queue = client.output_queue
    return [queue.get_nowait() for _ in range(queue.qsize())]


# Defaults


@pytest.mark.parametrize(
    "consumer",
    [
        AsyncWebsocketConsumer,
        WebsocketConsumer,
        AsyncJsonWebsocketConsumer,
        JsonWebsocketConsumer,
    ],
)
async def test_a_consumer_without_methods_accepts_and_says_nothing(
    consumer: type[AsyncConsumer], layer: InMemoryChannelLayer
) -> None:
    client = await connected(consumer)
    await client.send_to("1")
    await client.disconnect()
    assert client.future.exception() is None
    assert sent(client) == []
    assert layer.groups == {}
    assert layer.channels == {}


def test_groups_are_a_list_when_not_declared() -> None:
    assert AsyncWebsocketConsumer().groups == []
    assert WebsocketConsumer().groups == []


@styles
async def test_frames_are_echoed_empty_ones_as_well(style: str) -> None:
    class AsyncEcho(AsyncWebsocketConsumer):
        async def receive(
            self, text_data: str | None = None, bytes_data: bytes | None = None
        ) -> None:
            await self.send(text_data, bytes_data)

    class SyncEcho(WebsocketConsumer):
        def receive(
            self, text_data: str | None = None, bytes_data: bytes | None = None
        ) -> None:
            self.send(text_data, bytes_data)

    client = await connected(either(style, AsyncEcho, SyncEcho))
    for frame in ("hi", "", b"\x00\xff", b""):
        if isinstance(frame, str):
            await client.send_to(text_data=frame)
        else:
            await client.send_to(bytes_data=frame)
        assert await client.receive_from() == frame
    await client.disconnect()


@styles
async def test_accept_chooses_a_subprotocol_and_sends_headers(
    style: str,
) -> None:
    class AsyncChat(AsyncWebsocketConsumer):
        async def connect(self) -> None:
            await self.accept(self.scope["subprotocols"][1], {"X-Room": "a"})

    class SyncChat(WebsocketConsumer):
        def connect(self) -> None:
            self.accept(self.scope["subprotocols"][1], {"X-Room": "a"})

    chat = either(style, AsyncChat, SyncChat)
    client = WebsocketCommunicator(chat.as_asgi(), "/", subprotocols=["a", "b"])
    assert await client.connect() == (True, "b")
    assert client.response_headers == [(b"x-room", b"a")]
    await client.disconnect()


# The decision in connect()


@styles
async def test_close_in_connect_refuses(style: str) -> None:
    class AsyncChat(AsyncWebsocketConsumer):
        async def connect(self) -> None:
            await self.close()

    class SyncChat(WebsocketConsumer):
        def connect(self) -> None:
            self.close()

    client = await connecting(either(style, AsyncChat, SyncChat))
    await client.disconnect(1006)
    assert sent(client) == [REFUSED]
    assert client.future.exception() is None


@styles
@pytest.mark.parametrize(
    ("decision", "event"),
    [(AcceptConnection, ACCEPTED), (DenyConnection, REFUSED)],
)
async def test_an_exception_in_connect_may_decide(
    style: str, decision: type[Exception], event: Message
) -> None:
    class AsyncChat(AsyncWebsocketConsumer):
        async def connect(self) -> None:
            raise decision

    class SyncChat(WebsocketConsumer):
        def connect(self) -> None:
            raise decision

    client = await connecting(either(style, AsyncChat, SyncChat))
    await client.disconnect()
    assert sent(client) == [event]
    assert client.future.exception() is None


@styles
async def test_connect_that_decides_nothing_is_refused_with_an_error(
    style: str, layer: InMemoryChannelLayer
) -> None:
    class AsyncChat(AsyncWebsocketConsumer):
        groups = ("room",)

        async def connect(self) -> None:
            """Decide nothing."""

    class SyncChat(WebsocketConsumer):
        groups = ("room",)

        def connect(self) -> None:
            """Decide nothing."""

    chat = either(style, AsyncChat, SyncChat)
    client = await connecting(chat)
    with pytest.raises(RuntimeError) as raised:
        await client.wait()
    assert str(raised.value) == (
        f"{chat.__name__}.connect() ended without a decision, so the"
        " connection was refused; call accept() or close() in it, or set"
        " accept_later = True on the class"
    )
    assert sent(client) == [REFUSED]
    assert layer.groups == {}
    assert layer.channels == {}


@styles
async def test_accept_later_permits_a_later_handler_to_decide(
    style: str, layer: InMemoryChannelLayer
) -> None:
    class AsyncChat(AsyncWebsocketConsumer):
        groups = ("door",)
        accept_later = True

        async def connect(self) -> None:
            """Wait for somebody to open the door."""

        async def door_open(self, event: Message) -> None:
            await self.accept()

    class SyncChat(WebsocketConsumer):
        groups = ("door",)
        accept_later = True

        def connect(self) -> None:
            """Wait for somebody to open the door."""
            async_to_sync(layer.group_send)("door", {"type": "door.knock"})

        def door_knock(self, event: Message) -> None:
            self.accept()

    class OpenedAsyncChat(AsyncChat):
        async def connect(self) -> None:
            await layer.group_send("door", {"type": "door.open"})

    client = talk(either(style, OpenedAsyncChat, SyncChat))
    assert await client.connect() == (True, None)
    await client.disconnect()


@styles
async def test_an_error_in_connect_ends_the_consumer(
    style: str, layer: InMemoryChannelLayer
) -> None:
    class AsyncChat(AsyncWebsocketConsumer):
        groups = ("room",)

        async def connect(self) -> None:
            raise LookupError("no such room")

    class SyncChat(WebsocketConsumer):
        groups = ("room",)

        def connect(self) -> None:
            raise LookupError("no such room")

    client = await connecting(either(style, AsyncChat, SyncChat))
    with pytest.raises(LookupError, match="no such room"):
        await client.wait()
    assert sent(client) == []
    assert layer.groups == {}
    assert layer.channels == {}


@styles
@pytest.mark.parametrize(
    ("extensions", "events"),
    [
        (None, [REFUSED]),
        (
            {"websocket.http.response": {}},
            [
                {
                    "type": "websocket.http.response.start",
                    "status": 401,
                    "headers": [(b"x-why", b"login")],
                },
                {"type": "websocket.http.response.body", "body": b"log in"},
            ],
        ),
    ],
)
async def test_deny_sends_a_response_where_the_server_can(
    style: str, extensions: dict[str, Any] | None, events: list[Message]
) -> None:
    class AsyncChat(AsyncWebsocketConsumer):
        async def connect(self) -> None:
            await self.deny(401, b"log in", {"X-Why": "login"})

    class SyncChat(WebsocketConsumer):
        def connect(self) -> None:
            self.deny(401, b"log in", {"X-Why": "login"})

    client = talk(either(style, AsyncChat, SyncChat), extensions)
    await client.send_input({"type": "websocket.connect"})
    await client.disconnect(1006)
    assert sent(client) == events
    assert client.future.exception() is None


@styles
@pytest.mark.parametrize("extensions", [None, {"websocket.http.response": {}}])
@pytest.mark.parametrize(
    ("args", "problem"),
    [
        ((404, "no such room"), "body is bytes, not str"),
        (("404", b""), "a number such as 404, not '404'"),
        ((99, b""), "a number such as 404, not 99"),
        ((404, b"", {"X Why": "login"}), "a header's name"),
    ],
)
async def test_deny_refuses_what_no_server_can_send(
    style: str, extensions: dict[str, Any] | None, args: Any, problem: str
) -> None:
    class AsyncChat(AsyncWebsocketConsumer):
        async def connect(self) -> None:
            await self.deny(*args)

    class SyncChat(WebsocketConsumer):
        def connect(self) -> None:
            self.deny(*args)

    client = talk(either(style, AsyncChat, SyncChat), extensions)
    await client.send_input({"type": "websocket.connect"})
    with pytest.raises((TypeError, ValueError), match=problem):
        await client.wait()
    assert sent(client) == []


# Closing


@styles
async def test_close_sends_a_code_and_a_reason(style: str) -> None:
    class AsyncChat(AsyncWebsocketConsumer):
        async def receive(
            self, text_data: str | None = None, bytes_data: bytes | None = None
        ) -> None:
            await self.close(4001, "kicked")

    class SyncChat(WebsocketConsumer):
        def receive(
            self, text_data: str | None = None, bytes_data: bytes | None = None
        ) -> None:
            self.close(4001, "kicked")

    client = await connected(either(style, AsyncChat, SyncChat))
    await client.send_to("")
    await client.disconnect(4001)
    assert sent(client) == [
        {"type": "websocket.close", "code": 4001, "reason": "kicked"}
    ]


@styles
@pytest.mark.parametrize(
    ("close", "events"),
    [
        (True, [{"type": "websocket.close"}]),
        (4000, [{"type": "websocket.close", "code": 4000}]),
        (False, []),
    ],
)
async def test_send_may_close_afterwards(
    style: str, close: bool | int, events: list[Message]
) -> None:
    class AsyncChat(AsyncWebsocketConsumer):
        async def receive(
            self, text_data: str | None = None, bytes_data: bytes | None = None
        ) -> None:
            await self.send("bye", close=close)

    class SyncChat(WebsocketConsumer):
        def receive(
            self, text_data: str | None = None, bytes_data: bytes | None = None
        ) -> None:
            self.send("bye", close=close)

    client = await connected(either(style, AsyncChat, SyncChat))
    await client.send_to("")
    await client.disconnect()
    assert sent(client) == [{"type": "websocket.send", "text": "bye"}, *events]


@styles
@pytest.mark.parametrize(
    ("message", "code"),
    [
        ({"code": 4001}, 4001),
        ({"code": 1000, "reason": "bye"}, 1000),
        ({}, 1005),
    ],
)
async def test_disconnect_is_told_the_code(
    style: str, message: dict[str, Any], code: int
) -> None:
    codes: list[int] = []

    class AsyncChat(AsyncWebsocketConsumer):
        async def disconnect(self, code: int) -> None:
            codes.append(code)

    class SyncChat(WebsocketConsumer):
        def disconnect(self, code: int) -> None:
            codes.append(code)

    client = await connected(either(style, AsyncChat, SyncChat))
    await client.send_input({"type": "websocket.disconnect", **message})
    await client.wait()
    assert client.future.exception() is None
    assert codes == [code]


@styles
async def test_an_error_in_disconnect_is_reported(
    style: str, layer: InMemoryChannelLayer
) -> None:
    class AsyncChat(AsyncWebsocketConsumer):
        async def connect(self) -> None:
            await self.channel_layer.group_add("room", self.channel_name)
            await self.accept()

        async def disconnect(self, code: int) -> None:
            raise LookupError("in disconnect")

    class SyncChat(WebsocketConsumer):
        def connect(self) -> None:
            join = async_to_sync(self.channel_layer.group_add)
            join("room", self.channel_name)
            self.accept()

        def disconnect(self, code: int) -> None:
            raise LookupError("in disconnect")

    client = await connected(either(style, AsyncChat, SyncChat))
    assert list(layer.groups) == ["room"]
    with pytest.raises(LookupError, match="in disconnect"):
        await client.disconnect()
    assert layer.groups == {}
    assert layer.channels == {}


# Order: what may be sent when


def send_before_accept() -> type[AsyncConsumer]:
    class Chat(AsyncWebsocketConsumer):
        async def connect(self) -> None:
            await self.send("hi")

    return Chat


def accept_twice() -> type[AsyncConsumer]:
    class Chat(AsyncWebsocketConsumer):
        async def connect(self) -> None:
            await self.accept()
            await self.accept()

    return Chat


def send_after_close() -> type[AsyncConsumer]:
    class Chat(AsyncWebsocketConsumer):
        async def connect(self) -> None:
            await self.accept()
            await self.close()
            await self.send("hi")

    return Chat


def send_after_refusal() -> type[AsyncConsumer]:
    class Chat(AsyncWebsocketConsumer):
        async def connect(self) -> None:
            await self.close()
            await self.send("hi")

    return Chat


def close_twice() -> type[AsyncConsumer]:
    class Chat(AsyncWebsocketConsumer):
        async def connect(self) -> None:
            await self.accept()
            await self.close()
            await self.close()

    return Chat


def close_twice_in_sync_style() -> type[AsyncConsumer]:
    class Chat(WebsocketConsumer):
        def connect(self) -> None:
            self.accept()
            self.close()
            self.close()

    return Chat


@pytest.mark.parametrize(
    ("consumer", "error"),
    [
        (
            send_before_accept,
            "cannot send 'websocket.send' while CONNECTING; expected"
            " 'websocket.accept' or 'websocket.close'",
        ),
        (
            accept_twice,
            "cannot send 'websocket.accept' while OPEN; expected"
            " 'websocket.send' or 'websocket.close'",
        ),
        (
            send_after_close,
            "cannot send 'websocket.send' while CLOSED; it is over",
        ),
        (
            send_after_refusal,
            "cannot send 'websocket.send' while CLOSED; it is over",
        ),
        (
            close_twice,
            "cannot send 'websocket.close' while CLOSED; it is over",
        ),
        (
            close_twice_in_sync_style,
            "cannot send 'websocket.close' while CLOSED; it is over",
        ),
    ],
)
async def test_an_event_out_of_order_is_an_error(
    consumer: Any, error: str
) -> None:
    client = await connecting(consumer())
    with pytest.raises(ProtocolError) as raised:
        await client.wait()
    assert str(raised.value) == error


@styles
async def test_nothing_can_be_sent_in_disconnect(style: str) -> None:
    class AsyncChat(AsyncWebsocketConsumer):
        async def disconnect(self, code: int) -> None:
            await self.send("bye")

    class SyncChat(WebsocketConsumer):
        def disconnect(self, code: int) -> None:
            self.send("bye")

    client = await connected(either(style, AsyncChat, SyncChat))
    with pytest.raises(ProtocolError, match="while DISCONNECTED; it is over"):
        await client.disconnect()
    assert sent(client) == []


@styles
async def test_an_error_of_order_leaves_the_connection_as_it_was(
    style: str,
) -> None:
    class AsyncChat(AsyncWebsocketConsumer):
        async def connect(self) -> None:
            with contextlib.suppress(ProtocolError):
                await self.send("too early")
            await self.accept()

    class SyncChat(WebsocketConsumer):
        def connect(self) -> None:
            with contextlib.suppress(ProtocolError):
                self.send("too early")
            self.accept()

    client = await connected(either(style, AsyncChat, SyncChat))
    await client.disconnect()
    assert sent(client) == []


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        ({}, "nothing to send"),
        ({"text_data": None, "bytes_data": None}, "nothing to send"),
        ({"text_data": b"x"}, "text_data has to be str, not bytes"),
        ({"bytes_data": "x"}, "bytes_data has to be bytes, not str"),
        (
            {"text_data": {"a": 1}},
            r"text_data has to be str, not dict; use json\.",
        ),
    ],
)
@styles
async def test_send_refuses_what_is_no_frame(
    style: str, arguments: dict[str, Any], error: str
) -> None:
    class AsyncChat(AsyncWebsocketConsumer):
        async def receive(
            self, text_data: str | None = None, bytes_data: bytes | None = None
        ) -> None:
            await self.send(**arguments)

    class SyncChat(WebsocketConsumer):
        def receive(
            self, text_data: str | None = None, bytes_data: bytes | None = None
        ) -> None:
            self.send(**arguments)

    client = await connected(either(style, AsyncChat, SyncChat))
    await client.send_to("")
    with pytest.raises((TypeError, ValueError), match=error):
        await client.wait()
    assert sent(client) == []


# A client that vanished


def vanishing(app: Any) -> Any:
    """Return an application whose client is gone once it has accepted."""

    async def vanish(scope: Scope, receive: Receive, send: Send) -> None:
        async def send_to_nobody(message: Message) -> None:
            if message["type"] != "websocket.accept":
                raise BrokenPipeError("the client is gone")
            await send(message)

        await app(scope, receive, send_to_nobody)

    return vanish


@styles
async def test_sending_to_a_client_that_is_gone_ends_the_handler(
    style: str, layer: InMemoryChannelLayer
) -> None:
    steps: list[str | int] = []

    class AsyncChat(AsyncWebsocketConsumer):
        groups = ("room",)

        async def receive(
            self, text_data: str | None = None, bytes_data: bytes | None = None
        ) -> None:
            await self.send("hello?")
            steps.append("sent")
            await self.close(4000)
            steps.append("closed")

        async def disconnect(self, code: int) -> None:
            steps.append(code)

    class SyncChat(WebsocketConsumer):
        groups = ("room",)

        def receive(
            self, text_data: str | None = None, bytes_data: bytes | None = None
        ) -> None:
            self.send("hello?")
            steps.append("sent")
            self.close(4000)
            steps.append("closed")

        def disconnect(self, code: int) -> None:
            steps.append(code)

    chat = either(style, AsyncChat, SyncChat)
    client = WebsocketCommunicator(vanishing(chat.as_asgi()), "/")
    await client.connect()
    await client.send_to("hi")
    await client.disconnect(1006)
    assert client.future.exception() is None
    assert steps == [1006]
    assert layer.groups == {}
    assert layer.channels == {}


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


# Methods of the wrong colour


@pytest.mark.parametrize("name", ["connect", "receive", "disconnect"])
async def test_plain_method_of_an_async_consumer_is_a_type_error(
    name: str,
) -> None:
    def method(self: Any, *args: Any, **kwargs: Any) -> None:
        """Do nothing, and be no coroutine."""

    chat = type("Chat", (AsyncWebsocketConsumer,), {name: method})
    await assert_type_error(chat, "is a plain function; write 'async def'")


@pytest.mark.parametrize("name", ["connect", "receive", "disconnect"])
async def test_async_method_of_a_sync_consumer_is_a_type_error(
    name: str,
) -> None:
    async def method(self: Any, *args: Any, **kwargs: Any) -> None:
        raise AssertionError("never runs")

    chat = type("Chat", (WebsocketConsumer,), {name: method})
    await assert_type_error(chat, "is an 'async def'; write a plain 'def'")


async def assert_type_error(chat: type[AsyncConsumer], text: str) -> None:
    client = await connecting(chat)
    for event in (
        {"type": "websocket.receive", "text": "hi"},
        {"type": "websocket.disconnect", "code": 1000},
    ):
        # Not send_input(): the consumer may have ended by now.
        client.input_queue.put_nowait(event)
    with pytest.raises(TypeError, match=text):
        await client.wait()


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
    assert layer.groups == {}
    assert layer.channels == {}


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


# JSON


@styles
async def test_json_is_decoded_and_encoded(style: str) -> None:
    class AsyncEcho(AsyncJsonWebsocketConsumer):
        async def receive_json(self, content: Any, **kwargs: Any) -> None:
            await self.send_json({"got": content})

    class SyncEcho(JsonWebsocketConsumer):
        def receive_json(self, content: Any, **kwargs: Any) -> None:
            self.send_json({"got": content})

    client = await connected(either(style, AsyncEcho, SyncEcho))
    for content in ({"a": [1, None]}, "", 0, None):
        await client.send_json_to(content)
        assert await client.receive_json_from() == {"got": content}
    await client.disconnect()


@styles
async def test_send_json_may_close_afterwards(style: str) -> None:
    class AsyncChat(AsyncJsonWebsocketConsumer):
        async def receive_json(self, content: Any, **kwargs: Any) -> None:
            await self.send_json("bye", close=4000)

    class SyncChat(JsonWebsocketConsumer):
        def receive_json(self, content: Any, **kwargs: Any) -> None:
            self.send_json("bye", close=4000)

    client = await connected(either(style, AsyncChat, SyncChat))
    await client.send_json_to(1)
    await client.disconnect(4000)
    assert sent(client) == [
        {"type": "websocket.send", "text": '"bye"'},
        {"type": "websocket.close", "code": 4000},
    ]


NO_JSON: list[dict[str, Any]] = [
    {"text": "{broken"},
    {"text": ""},
    {"text": "9" * 5000},
    {"text": "[" * 200_000},
    {"bytes": b"\x00"},
    {"bytes": b""},
    {"bytes": b"{}"},
]


@styles
@pytest.mark.parametrize("frame", NO_JSON)
async def test_a_frame_without_json_ends_the_connection(
    style: str, frame: dict[str, Any], layer: InMemoryChannelLayer
) -> None:
    class AsyncChat(AsyncJsonWebsocketConsumer):
        groups = ("room",)

    class SyncChat(JsonWebsocketConsumer):
        groups = ("room",)

    client = await connected(either(style, AsyncChat, SyncChat))
    await client.send_input({"type": "websocket.receive", **frame})
    with pytest.raises(ValueError, match=r"(?i)frame|json|expect|digits"):
        await client.wait()
    assert layer.groups == {}
    assert layer.channels == {}


@styles
@pytest.mark.parametrize("frame", NO_JSON)
async def test_receive_invalid_may_keep_the_connection(
    style: str, frame: dict[str, Any]
) -> None:
    class AsyncChat(AsyncJsonWebsocketConsumer):
        async def receive_invalid(self, error: ValueError) -> None:
            await self.send_json({"error": type(error).__name__})

        async def receive_json(self, content: Any, **kwargs: Any) -> None:
            await self.send_json(content)

    class SyncChat(JsonWebsocketConsumer):
        def receive_invalid(self, error: ValueError) -> None:
            self.send_json({"error": type(error).__name__})

        def receive_json(self, content: Any, **kwargs: Any) -> None:
            self.send_json(content)

    client = await connected(either(style, AsyncChat, SyncChat))
    await client.send_input({"type": "websocket.receive", **frame})
    answer = await client.receive_json_from()
    assert answer["error"] in ("ValueError", "JSONDecodeError")
    await client.send_json_to("still here")
    assert await client.receive_json_from() == "still here"
    await client.disconnect()


@styles
async def test_an_error_in_receive_json_is_not_taken_for_broken_json(
    style: str,
) -> None:
    class AsyncChat(AsyncJsonWebsocketConsumer):
        async def receive_json(self, content: Any, **kwargs: Any) -> None:
            raise ValueError("of the learner")

        async def receive_invalid(self, error: ValueError) -> None:
            raise AssertionError("never called")

    class SyncChat(JsonWebsocketConsumer):
        def receive_json(self, content: Any, **kwargs: Any) -> None:
            raise ValueError("of the learner")

        def receive_invalid(self, error: ValueError) -> None:
            raise AssertionError("never called")

    client = await connected(either(style, AsyncChat, SyncChat))
    await client.send_json_to(1)
    with pytest.raises(ValueError, match="of the learner"):
        await client.wait()


async def test_async_json_consumers_may_encode_otherwise() -> None:
    class Chat(AsyncJsonWebsocketConsumer):
        @classmethod
        async def decode_json(cls, text_data: str) -> Any:
            return text_data.split(";")

        @classmethod
        async def encode_json(cls, content: Any) -> str:
            return "|".join(content)

        async def receive_json(self, content: Any, **kwargs: Any) -> None:
            await self.send_json(content)

    client = await connected(Chat)
    await client.send_to("a;b")
    assert await client.receive_from() == "a|b"
    await client.disconnect()


async def test_sync_json_consumers_may_encode_otherwise() -> None:
    class Chat(JsonWebsocketConsumer):
        @classmethod
        def decode_json(cls, text_data: str) -> Any:
            return text_data.split(";")

        @classmethod
        def encode_json(cls, content: Any) -> str:
            return "|".join(content)

        def receive_json(self, content: Any, **kwargs: Any) -> None:
            self.send_json(content)

    client = await connected(Chat)
    await client.send_to("a;b")
    assert await client.receive_from() == "a|b"
    await client.disconnect()


@styles
async def test_send_json_does_not_come_through_an_overridden_send(
    style: str,
) -> None:
    class AsyncChat(AsyncJsonWebsocketConsumer):
        async def send(self, content: Any) -> None:  # type: ignore[override]
            await self.send_json(content)

        async def receive_json(self, content: Any, **kwargs: Any) -> None:
            await self.send(content)

    class SyncChat(JsonWebsocketConsumer):
        def send(self, content: Any) -> None:  # type: ignore[override]
            self.send_json(content)

        def receive_json(self, content: Any, **kwargs: Any) -> None:
            self.send(content)

    client = await connected(either(style, AsyncChat, SyncChat))
    await client.send_json_to({"a": 1})
    assert json.loads(await client.receive_from()) == {"a": 1}
    await client.disconnect()


@pytest.mark.parametrize(
    "name", ["receive_json", "receive_invalid", "decode_json"]
)
@styles
async def test_json_method_of_the_wrong_colour_is_a_type_error(
    style: str, name: str
) -> None:
    def plain(self: Any, content: Any) -> None:
        """Do nothing, and be no coroutine."""

    async def coroutine(self: Any, content: Any) -> None:
        raise AssertionError("never runs")

    chat: type[AsyncConsumer]
    if style == "async":
        chat = type("Chat", (AsyncJsonWebsocketConsumer,), {name: plain})
    else:
        chat = type("Chat", (JsonWebsocketConsumer,), {name: coroutine})
    client = await connected(chat)
    await client.send_to("{broken" if name == "receive_invalid" else "{}")
    with pytest.raises(
        TypeError, match=r"is a plain function|is an 'async def'"
    ):
        await client.wait()


async def test_plain_encode_json_of_an_async_consumer_is_a_type_error() -> None:
    class Chat(AsyncJsonWebsocketConsumer):
        @classmethod
        def encode_json(cls, content: Any) -> str:  # type: ignore[override]
            return "[]"

    with pytest.raises(TypeError, match=r"encode_json is a plain function"):
        await Chat().send_json([])


def test_async_encode_json_of_a_sync_consumer_is_a_type_error() -> None:
    class Chat(JsonWebsocketConsumer):
        @classmethod
        async def encode_json(cls, content: Any) -> str:  # type: ignore[override]
            return "[]"

    with pytest.raises(TypeError, match=r"encode_json is an 'async def'"):
        Chat().send_json([])


# Cancellation


@styles
async def test_a_server_that_stops_frees_a_connected_consumer(
    style: str, layer: InMemoryChannelLayer
) -> None:
    class AsyncChat(AsyncWebsocketConsumer):
        groups = ("room",)

    class SyncChat(WebsocketConsumer):
        groups = ("room",)

    async with await connected(either(style, AsyncChat, SyncChat)) as client:
        assert list(layer.groups) == ["room"]
    assert client.future.cancelled()
    assert layer.groups == {}
    assert layer.channels == {}


async def test_a_client_that_leaves_during_connect_is_noticed_afterwards(
    layer: InMemoryChannelLayer,
) -> None:
    go_on = asyncio.Event()
    steps: list[str] = []

    class Chat(AsyncWebsocketConsumer):
        groups = ("room",)

        async def connect(self) -> None:
            await go_on.wait()
            await self.accept()
            steps.append("accepted")

        async def disconnect(self, code: int) -> None:
            steps.append(f"disconnect {code}")

    client = await connecting(Chat)
    await client.send_input({"type": "websocket.disconnect", "code": 1006})
    go_on.set()
    await client.wait()
    assert steps == ["accepted", "disconnect 1006"]
    assert layer.groups == {}


@styles
async def test_late_message_of_a_group_is_not_handled_after_close(
    style: str, layer: InMemoryChannelLayer
) -> None:
    codes: list[int] = []

    class AsyncChat(AsyncWebsocketConsumer):
        groups = ["room"]

        async def receive(
            self, text_data: str | None = None, bytes_data: bytes | None = None
        ) -> None:
            await self.channel_layer.group_send("room", {"type": "chat.bye"})
            await self.close()

        async def chat_bye(self, event: Message) -> None:
            await self.send("bye")

        async def disconnect(self, code: int) -> None:
            codes.append(code)

    class SyncChat(WebsocketConsumer):
        groups = ["room"]

        def receive(
            self, text_data: str | None = None, bytes_data: bytes | None = None
        ) -> None:
            send = async_to_sync(self.channel_layer.group_send)
            send("room", {"type": "chat.bye"})
            self.close()

        def chat_bye(self, event: Message) -> None:
            self.send("bye")

        def disconnect(self, code: int) -> None:
            codes.append(code)

    client = WebsocketCommunicator(
        either(style, AsyncChat, SyncChat).as_asgi(), "/"
    )
    await client.connect()
    await client.send_to("hi")
    assert (await client.receive_output())["type"] == "websocket.close"

    await client.disconnect(1000)

    assert client.future.exception() is None
    assert codes == [1000]
    assert layer.groups == {}


async def test_groups_that_are_a_text_are_refused() -> None:
    class Chat(AsyncWebsocketConsumer):
        groups = "lobby"

    client = WebsocketCommunicator(Chat.as_asgi(), "/")

    with pytest.raises(TypeError, match=r"write groups = \['lobby'\]"):
        await client.connect()
