"""Consumers of shapes that are met in projects, and that docs do not show.

Nobody imports this module, as ``tests/compat/specimens.py``.
"""

import functools
from typing import Any

from asgiref.sync import async_to_sync

from minichannels.consumer import AsyncConsumer, SyncConsumer
from minichannels.exceptions import StopConsumer
from minichannels.generic.http import AsyncHttpConsumer
from minichannels.generic.websocket import (
    AsyncJsonWebsocketConsumer,
    AsyncWebsocketConsumer,
    JsonWebsocketConsumer,
    WebsocketConsumer,
)
from minichannels.layers import get_channel_layer
from minichannels.utils import await_many_dispatch

Event = Any
NOTES: list[Any] = []


class AliasOfTheScope(AsyncWebsocketConsumer):
    """Chooses its layer by what is known of the connection."""

    @property
    def channel_layer_alias(self) -> Any:  # type: ignore[override]
        return self.scope.get("layer", "nowhere")

    async def connect(self) -> None:
        NOTES.append(self.channel_layer)
        await self.accept()


class AsyncLog(AsyncConsumer):
    """Notes each event on its way out; to be mixed into others."""

    async def send(self, message: Event) -> None:
        NOTES.append(message["type"])
        await super().send(message)


class AsyncLogged(AsyncWebsocketConsumer, AsyncLog):
    async def receive(
        self, text_data: str | None = None, bytes_data: bytes | None = None
    ) -> None:
        await self.send(text_data, close=True)


class SyncLog(SyncConsumer):
    """Notes each event on its way out; to be mixed into others."""

    def send(self, message: Event) -> None:  # type: ignore[override]
        NOTES.append(message["type"])
        super().send(message)


class SyncLogged(WebsocketConsumer, SyncLog):
    def receive(
        self, text_data: str | None = None, bytes_data: bytes | None = None
    ) -> None:
        self.send(text_data, close=True)


class AsyncOwnDecoder(AsyncJsonWebsocketConsumer):
    """Has a decoder that takes an empty text, too."""

    @classmethod
    async def decode_json(cls, text_data: str) -> Any:
        NOTES.append(text_data)


class SyncOwnDecoder(JsonWebsocketConsumer):
    """Has a decoder that takes an empty text, too."""

    @classmethod
    def decode_json(cls, text_data: str) -> Any:
        NOTES.append(text_data)


class NoSubprotocol(AsyncWebsocketConsumer):
    async def connect(self) -> None:
        await self.accept(subprotocol=",".join(self.scope["subprotocols"]))


async def own_call(self: Any, scope: Any, receive: Any, send: Any) -> None:
    """Serve a consumer by other code than the library's, as some do."""
    layer = get_channel_layer(self.channel_layer_alias)
    assert layer is not None
    self.scope, self.channel_layer = scope, layer
    self.channel_name = await layer.new_channel()
    self.channel_receive = functools.partial(layer.receive, self.channel_name)
    self.base_send = async_to_sync(send) if self._sync else send
    try:
        await await_many_dispatch(
            [receive, self.channel_receive], self.dispatch
        )
    except StopConsumer:
        NOTES.append("stopped")


class AsyncOwnCall(AsyncWebsocketConsumer):
    __call__ = own_call

    async def receive(
        self, text_data: str | None = None, bytes_data: bytes | None = None
    ) -> None:
        await self.channel_layer.send(self.channel_name, {"type": "told"})

    async def told(self, event: Event) -> None:
        await self.send("told")


class SyncOwnCall(WebsocketConsumer):
    __call__ = own_call

    def receive(
        self, text_data: str | None = None, bytes_data: bytes | None = None
    ) -> None:
        send = async_to_sync(self.channel_layer.send)
        send(self.channel_name, {"type": "told"})

    def told(self, event: Event) -> None:
        self.send("told")


class AsyncUnknown(AsyncWebsocketConsumer):
    """Takes the close code for a status of HTTP."""

    async def connect(self) -> None:
        await self.close(401)


class SyncUnknown(WebsocketConsumer):
    def connect(self) -> None:
        self.close(401)


class Chunks(AsyncHttpConsumer):
    async def handle(self, body: bytes) -> None:
        NOTES.extend(self.body)
        await self.send_response(200, body)


class Says(AsyncConsumer):
    """Sends events of its own, for a middleware to translate."""

    async def websocket_connect(self, event: Event) -> None:
        await self.send({"type": "websocket.accept"})
        await self.send({"type": "chat.says", "text": "hi"})

    async def websocket_disconnect(self, event: Event) -> None:
        raise StopConsumer
