"""What a consumer for WebSockets may send when."""

import contextlib
from typing import Any

import pytest

from minichannels.consumer import AsyncConsumer
from minichannels.exceptions import (
    ProtocolError,
)
from minichannels.generic.websocket import (
    AsyncWebsocketConsumer,
    WebsocketConsumer,
)
from support.either_style import connected, connecting, either, sent, styles


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
