"""How a WebSocket is closed, by its consumer, and by a client that vanished."""

from typing import Any

import pytest
from asgiref.sync import async_to_sync

from minichannels.generic.websocket import (
    AsyncWebsocketConsumer,
    WebsocketConsumer,
)
from minichannels.layers import InMemoryChannelLayer
from minichannels.testing import WebsocketCommunicator
from minichannels.types import Message, Receive, Scope, Send
from support.either_style import connected, either, sent, styles

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
    assert (layer.groups, layer.channels) == ({}, {})


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
    assert (layer.groups, layer.channels) == ({}, {})
