"""Consumers for WebSockets: who is let in, and what is there by default."""

import asyncio
from typing import Any

import pytest
from asgiref.sync import async_to_sync

from minichannels.consumer import AsyncConsumer
from minichannels.exceptions import (
    AcceptConnection,
    DenyConnection,
)
from minichannels.generic.websocket import (
    AsyncJsonWebsocketConsumer,
    AsyncWebsocketConsumer,
    JsonWebsocketConsumer,
    WebsocketConsumer,
)
from minichannels.layers import InMemoryChannelLayer
from minichannels.testing import WebsocketCommunicator
from minichannels.types import Message
from support.either_style import (
    ACCEPTED,
    REFUSED,
    connected,
    connecting,
    either,
    sent,
    styles,
    talk,
)

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
    assert (layer.groups, layer.channels) == ({}, {})


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
    assert (layer.groups, layer.channels) == ({}, {})


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
    assert (layer.groups, layer.channels) == ({}, {})


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


async def test_receive_without_bytes_is_told_so_when_bytes_come() -> None:
    class Chat(AsyncWebsocketConsumer):
        async def connect(self) -> None:
            await self.accept()

        async def receive(self, text_data: str) -> None:  # type: ignore[override]
            raise AssertionError("never runs")

    client = await connecting(Chat)
    await client.send_input({"type": "websocket.receive", "bytes": b"hi"})

    with pytest.raises(
        TypeError,
        match=r"other parameters .* 'async def receive\(self, text_data",
    ):
        await client.wait()


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
    assert (layer.groups, layer.channels) == ({}, {})


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
