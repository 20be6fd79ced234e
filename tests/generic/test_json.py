"""Consumers that speak JSON."""

import json
from typing import Any

import pytest

from minichannels.consumer import AsyncConsumer
from minichannels.generic.websocket import (
    AsyncJsonWebsocketConsumer,
    JsonWebsocketConsumer,
)
from minichannels.layers import InMemoryChannelLayer
from support.either_style import (
    connected,
    either,
    sent,
    styles,
)


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
    assert (layer.groups, layer.channels) == ({}, {})


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
