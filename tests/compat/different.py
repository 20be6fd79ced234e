"""Consumers that do different things on the two packages, on purpose.

Nobody imports this module, as ``tests/compat/specimens.py``.
"""

import asyncio
import threading
from typing import Any

from asgiref.sync import async_to_sync

from minichannels.consumer import AsyncConsumer, SyncConsumer
from minichannels.exceptions import StopConsumer
from minichannels.generic.http import AsyncHttpConsumer
from minichannels.generic.websocket import (
    AsyncJsonWebsocketConsumer,
    AsyncWebsocketConsumer,
    WebsocketConsumer,
)

Event = Any
NOTES: list[Any] = []


class Meeting(SyncConsumer):
    """Waits, in its thread, for as many others as the scope asks."""

    def meet(self, event: Event) -> None:
        self.scope["meeting"].wait()
        NOTES.append(threading.get_ident())
        self.send({"type": "met"})


class OneThread(Meeting):
    thread_sensitive = True


class Victim(AsyncWebsocketConsumer):
    """Sends itself, through the layer, a message of the type it receives."""

    async def receive(
        self, text_data: str | None = None, bytes_data: bytes | None = None
    ) -> None:
        if bytes_data is not None:
            await self.send(bytes_data=bytes_data)
        else:
            message = {"type": text_data, "text": None, "bytes": b"forged"}
            await self.channel_layer.send(self.channel_name, message)


class Task(AsyncConsumer):
    """Does nothing of its own."""


class Undecided(AsyncWebsocketConsumer):
    async def connect(self) -> None:
        """Decide nothing."""


class SyncUndecided(WebsocketConsumer):
    def connect(self) -> None:
        """Decide nothing."""


class DecidedLater(Undecided):
    accept_later = True


class Member(AsyncWebsocketConsumer):
    """Joins a group, and never leaves it."""

    async def connect(self) -> None:
        await self.channel_layer.group_add("room", self.channel_name)
        await self.accept()

    async def receive(
        self, text_data: str | None = None, bytes_data: bytes | None = None
    ) -> None:
        raise LookupError("in receive")


class SyncMember(WebsocketConsumer):
    """Joins a group, and never leaves it."""

    def connect(self) -> None:
        join = async_to_sync(self.channel_layer.group_add)
        join("room", self.channel_name)
        self.accept()

    def receive(
        self, text_data: str | None = None, bytes_data: bytes | None = None
    ) -> None:
        raise LookupError("in receive")


class Headers(AsyncWebsocketConsumer):
    async def connect(self) -> None:
        await self.accept(headers=[(b"Set-Cookie", b"Id=A")])


class PageHeaders(AsyncHttpConsumer):
    async def handle(self, body: bytes) -> None:
        await self.send_response(200, b"", headers={"X-Id": "A"})


class LongPoll(AsyncHttpConsumer):
    async def handle(self, body: bytes) -> None:
        await self.channel_layer.group_add("news", self.channel_name)
        await self.send_headers()
        await self.send_body(b"", more_body=True)

    async def news_item(self, event: Event) -> None:
        await self.send_body(b"news")


class ServerSentEvents(AsyncHttpConsumer):
    async def handle(self, body: bytes) -> None:
        await self.send_headers()
        await self.send_body(b"data: 1\n\n", more_body=True)
        try:
            await self.scope["go_on"].wait()
            NOTES.append("went on")
        except asyncio.CancelledError:
            NOTES.append("cancelled")
            raise

    async def disconnect(self) -> None:
        NOTES.append("disconnect")


class TooEarly(AsyncWebsocketConsumer):
    async def connect(self) -> None:
        await self.send("hi")


class TooLate(AsyncWebsocketConsumer):
    async def connect(self) -> None:
        await self.accept()
        await self.close()
        await self.send("hi")


class AfterTheEnd(AsyncWebsocketConsumer):
    async def disconnect(self, code: int) -> None:
        await self.send("bye")


class AsyncClosedAlready(AsyncConsumer):
    async def websocket_connect(self, event: Event) -> None:
        await self.send({"type": "websocket.accept", "subprotocol": None})

    async def websocket_disconnect(self, event: Event) -> None:
        await self.send({"type": "websocket.close", "code": event["code"]})
        NOTES.append("left")
        raise StopConsumer


class SyncClosedAlready(SyncConsumer):
    def websocket_connect(self, event: Event) -> None:
        self.send({"type": "websocket.accept", "subprotocol": None})

    def websocket_disconnect(self, event: Event) -> None:
        self.send({"type": "websocket.close", "code": event["code"]})
        NOTES.append("left")
        raise StopConsumer


class Close(AsyncWebsocketConsumer):
    """Closes as the scope says."""

    async def connect(self) -> None:
        await self.accept()
        await self.close(*self.scope["close"])


class Send(AsyncWebsocketConsumer):
    """Sends what the scope says."""

    async def connect(self) -> None:
        await self.accept()
        await self.send(**self.scope["send"])


class PlainMethod(AsyncWebsocketConsumer):
    def connect(self) -> None:  # type: ignore[override]
        NOTES.append("called")


class AsyncMethod(WebsocketConsumer):
    async def disconnect(self, code: int) -> None:  # type: ignore[override]
        raise AssertionError("never runs")


class Json(AsyncJsonWebsocketConsumer):
    async def receive_invalid(self, error: ValueError) -> None:
        await self.send_json("no JSON")


class Vanished(AsyncWebsocketConsumer):
    async def receive(
        self, text_data: str | None = None, bytes_data: bytes | None = None
    ) -> None:
        await self.send("hello?")

    async def disconnect(self, code: int) -> None:
        NOTES.append(code)


class NoAnswer(AsyncHttpConsumer):
    async def handle(self, body: bytes) -> None:
        """Forget to answer."""


class TextBody(AsyncHttpConsumer):
    async def handle(self, body: bytes) -> None:
        text: Any = "hi"
        await self.send_response(200, text)


class Declared(AsyncWebsocketConsumer):
    groups = ["room"]

    async def receive(
        self, text_data: str | None = None, bytes_data: bytes | None = None
    ) -> None:
        raise LookupError


class Twice(AsyncWebsocketConsumer):
    """Does what the scope says, a second time."""

    async def connect(self) -> None:
        await self.accept()
        await getattr(self, self.scope["again"])()
        await getattr(self, self.scope["again"])()
