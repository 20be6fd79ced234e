"""Consumers that do what Channels' documentation says of consumers.

Nobody imports this module, as ``tests/compat/specimens.py``.
"""

import threading
from collections.abc import Sequence
from typing import Any

from asgiref.sync import async_to_sync

from minichannels.consumer import AsyncConsumer, SyncConsumer
from minichannels.exceptions import DenyConnection, StopConsumer
from minichannels.generic.http import AsyncHttpConsumer
from minichannels.generic.websocket import (
    AsyncJsonWebsocketConsumer,
    AsyncWebsocketConsumer,
    JsonWebsocketConsumer,
    WebsocketConsumer,
)
from support.loops import ticks

Event = Any
NOTES: list[Any] = []


class AsyncPlainEcho(AsyncConsumer):
    async def websocket_connect(self, event: Event) -> None:
        await self.send({"type": "websocket.accept"})

    async def websocket_receive(self, event: Event) -> None:
        await self.send({"type": "websocket.send", "text": event["text"]})

    async def websocket_disconnect(self, event: Event) -> None:
        raise StopConsumer


class SyncPlainEcho(SyncConsumer):
    def websocket_connect(self, event: Event) -> None:
        self.send({"type": "websocket.accept"})

    def websocket_receive(self, event: Event) -> None:
        self.send({"type": "websocket.send", "text": event["text"]})

    def websocket_disconnect(self, event: Event) -> None:
        raise StopConsumer


class AsyncAcceptOnly(AsyncConsumer):
    """Has no handler for the end of the connection."""

    async def websocket_connect(self, event: Event) -> None:
        await self.send({"type": "websocket.accept"})


class SyncAcceptOnly(SyncConsumer):
    """Has no handler for the end of the connection."""

    def websocket_connect(self, event: Event) -> None:
        self.send({"type": "websocket.accept"})


class AsyncKeeper(AsyncConsumer):
    """Keeps what it is given on itself, and says what that was."""

    def __init__(self, name: str = "nobody") -> None:
        self.seen: list[str] = [name]

    async def note(self, event: Event) -> None:
        self.seen.append(event["text"])
        await self.send({"type": "seen", "seen": list(self.seen)})

    async def stop(self, event: Event) -> None:
        raise StopConsumer


class SyncKeeper(SyncConsumer):
    """Keeps what it is given on itself, and says what that was."""

    def __init__(self, name: str = "nobody") -> None:
        self.seen: list[str] = [name]

    def note(self, event: Event) -> None:
        self.seen.append(event["text"])
        self.send({"type": "seen", "seen": list(self.seen)})

    def stop(self, event: Event) -> None:
        raise StopConsumer


class AsyncTurns(AsyncConsumer):
    """Gets a message of the layer while it handles an event."""

    async def client_event(self, event: Event) -> None:
        NOTES.append("begin")
        await self.channel_layer.send(self.channel_name, {"type": "other"})
        await ticks(20)
        NOTES.append("end")

    async def other(self, event: Event) -> None:
        NOTES.append("other")
        raise StopConsumer


class SyncTurns(SyncConsumer):
    """Gets a message of the layer while it handles an event."""

    def client_event(self, event: Event) -> None:
        NOTES.append("begin")
        send = async_to_sync(self.channel_layer.send)
        send(self.channel_name, {"type": "other"})
        async_to_sync(ticks)(20)
        NOTES.append("end")

    def other(self, event: Event) -> None:
        NOTES.append("other")
        raise StopConsumer


class Threads(SyncConsumer):
    def note(self, event: Event) -> None:
        NOTES.append(threading.current_thread() is threading.main_thread())
        raise StopConsumer


class AsyncOtherLayer(AsyncConsumer):
    channel_layer_alias = "other"

    async def join(self, event: Event) -> None:
        await self.channel_layer.group_add("room", self.channel_name)
        raise StopConsumer


class SyncOtherLayer(SyncConsumer):
    channel_layer_alias = "other"

    def join(self, event: Event) -> None:
        join = async_to_sync(self.channel_layer.group_add)
        join("room", self.channel_name)
        raise StopConsumer


class AsyncWithoutLayer(AsyncWebsocketConsumer):
    channel_layer_alias = "nowhere"

    async def receive(
        self, text_data: str | None = None, bytes_data: bytes | None = None
    ) -> None:
        await self.send(f"{text_data}, {self.channel_layer}")


class SyncWithoutLayer(WebsocketConsumer):
    channel_layer_alias = "nowhere"

    def receive(
        self, text_data: str | None = None, bytes_data: bytes | None = None
    ) -> None:
        self.send(f"{text_data}, {self.channel_layer}")


class AsyncGroups(AsyncWebsocketConsumer):
    """Notes how many members its group has."""

    groups: Sequence[str] = ("room",)

    async def connect(self) -> None:
        self.note()
        await self.accept()

    async def disconnect(self, close_code: int) -> None:
        self.note()

    def note(self) -> None:
        layer: Any = self.channel_layer
        NOTES.append(len(layer.groups.get("room", ())))


class SyncGroups(WebsocketConsumer):
    """Notes how many members its group has."""

    groups: Sequence[str] = ("room",)

    def connect(self) -> None:
        self.note()
        self.accept()

    def disconnect(self, close_code: int) -> None:
        self.note()

    def note(self) -> None:
        layer: Any = self.channel_layer
        NOTES.append(len(layer.groups.get("room", ())))


class AsyncOtherGroups(AsyncGroups):
    channel_layer_alias = "other"


class SyncOtherGroups(SyncGroups):
    channel_layer_alias = "other"


class AsyncGroupOfLetters(AsyncGroups):
    groups = "room"


class SyncGroupOfLetters(SyncGroups):
    groups = "room"


class AsyncOwnInit(AsyncWebsocketConsumer):
    """Has an ``__init__`` that does not call the library's."""

    def __init__(self) -> None:
        self.seen: list[str] = []


class SyncOwnInit(WebsocketConsumer):
    """Has an ``__init__`` that does not call the library's."""

    def __init__(self) -> None:
        self.seen: list[str] = []


class AsyncDeepDenial(AsyncWebsocketConsumer):
    async def connect(self) -> None:
        await self.check()
        await self.accept()

    async def check(self) -> None:
        raise DenyConnection


class SyncDeepDenial(WebsocketConsumer):
    def connect(self) -> None:
        self.check()
        self.accept()

    def check(self) -> None:
        raise DenyConnection


class AsyncParameters(AsyncWebsocketConsumer):
    """Sends the parameter of its route."""

    async def connect(self) -> None:
        await self.accept()
        await self.send(self.scope["url_route"]["kwargs"]["message"])


class SyncParameters(WebsocketConsumer):
    """Sends the parameter of its route."""

    def connect(self) -> None:
        self.accept()
        self.send(self.scope["url_route"]["kwargs"]["message"])


class AsyncUser(AsyncWebsocketConsumer):
    """Sends what a middleware has put into the scope."""

    async def connect(self) -> None:
        await self.accept()
        await self.send(self.scope["user"])


class SyncUser(WebsocketConsumer):
    """Sends what a middleware has put into the scope."""

    def connect(self) -> None:
        self.accept()
        self.send(self.scope["user"])


class AsyncAddress(AsyncWebsocketConsumer):
    """Sends the name of its channel, and what comes over that."""

    async def connect(self) -> None:
        await self.accept()
        await self.send(self.channel_name)

    async def chat_message(self, event: Event) -> None:
        await self.send(event["text"])


class SyncAddress(WebsocketConsumer):
    """Sends the name of its channel, and what comes over that."""

    def connect(self) -> None:
        self.accept()
        self.send(self.channel_name)

    def chat_message(self, event: Event) -> None:
        self.send(event["text"])


class AsyncOwnSend(AsyncJsonWebsocketConsumer):
    """Counts what passes through its own ``send()``."""

    async def receive_json(self, content: Any, **kwargs: Any) -> None:
        await self.send_json(content)
        await self.send("text")

    async def send(  # type: ignore[override]  # Channels' signature
        self,
        text_data: str | None = None,
        bytes_data: bytes | None = None,
        close: bool | int = False,
    ) -> None:
        NOTES.append(text_data)
        await super().send(text_data, bytes_data, close)


class SyncOwnSend(JsonWebsocketConsumer):
    """Counts what passes through its own ``send()``."""

    def receive_json(self, content: Any, **kwargs: Any) -> None:
        self.send_json(content)
        self.send("text")

    def send(  # type: ignore[override]  # Channels' signature
        self,
        text_data: str | None = None,
        bytes_data: bytes | None = None,
        close: bool | int = False,
    ) -> None:
        NOTES.append(text_data)
        super().send(text_data, bytes_data, close)


class AsyncNoJson(AsyncJsonWebsocketConsumer):
    async def receive_json(self, content: Any, **kwargs: Any) -> None:
        await self.send_json(object())


class SyncNoJson(JsonWebsocketConsumer):
    def receive_json(self, content: Any, **kwargs: Any) -> None:
        self.send_json(object())


class AsyncJsonClose(AsyncJsonWebsocketConsumer):
    async def receive_json(self, content: Any, **kwargs: Any) -> None:
        await self.send_json(content, close=4000)


class SyncJsonClose(JsonWebsocketConsumer):
    def receive_json(self, content: Any, **kwargs: Any) -> None:
        self.send_json(content, close=4000)


class OwnCall(AsyncWebsocketConsumer):
    async def __call__(self, scope: Event, receive: Event, send: Event) -> None:
        NOTES.append("begin")
        await super().__call__(scope, receive, send)
        NOTES.append("end")


class OwnHandler(AsyncWebsocketConsumer):
    """Adds to the handlers of the events themselves."""

    async def websocket_connect(self, message: Event) -> None:
        NOTES.append("connect")
        await super().websocket_connect(message)

    async def websocket_disconnect(self, message: Event) -> None:
        NOTES.append("disconnect")
        await super().websocket_disconnect(message)


class Page(AsyncHttpConsumer):
    async def handle(self, body: bytes) -> None:
        text = f"{self.scope['method']} {self.scope['path']} {body!r}"
        await self.send_response(200, text.encode())


class PageOfParts(AsyncHttpConsumer):
    async def handle(self, body: bytes) -> None:
        await self.send_headers()
        await self.send_body(b"a", more_body=True)
        await self.send_body(b"b")


class StoppedPage(AsyncHttpConsumer):
    async def handle(self, body: bytes) -> None:
        await self.send_response(200, b"")
        raise StopConsumer

    async def disconnect(self) -> None:
        NOTES.append("disconnect")


class AsyncTask(AsyncConsumer):
    """Answers over the layer, as there is no client behind a worker."""

    async def test_print(self, message: Event) -> None:
        answer = {"text": message["text"], "scope": dict(self.scope)}
        await self.channel_layer.send("answers", answer)


class SyncTask(SyncConsumer):
    """Answers over the layer, as there is no client behind a worker."""

    def test_print(self, message: Event) -> None:
        answer = {"text": message["text"], "scope": dict(self.scope)}
        async_to_sync(self.channel_layer.send)("answers", answer)


class AsyncExpectsGone(AsyncWebsocketConsumer):
    """Expects what a server raises when the client has left."""

    async def receive(
        self, text_data: str | None = None, bytes_data: bytes | None = None
    ) -> None:
        try:
            await self.send("hello?")
        except OSError:
            NOTES.append("gone")


class SyncExpectsGone(WebsocketConsumer):
    """Expects what a server raises when the client has left."""

    def receive(
        self, text_data: str | None = None, bytes_data: bytes | None = None
    ) -> None:
        try:
            self.send("hello?")
        except OSError:
            NOTES.append("gone")


class PageExpectsGone(AsyncHttpConsumer):
    """Expects what a server raises when the client has left."""

    async def handle(self, body: bytes) -> None:
        try:
            await self.send_response(200, b"")
        except OSError:
            NOTES.append("gone")


# Where they differ, on purpose


class AsyncClosing(AsyncWebsocketConsumer):
    """Closes at each frame."""

    async def receive(
        self, text_data: str | None = None, bytes_data: bytes | None = None
    ) -> None:
        NOTES.append(text_data)
        await self.close()

    async def disconnect(self, code: int) -> None:
        NOTES.append(code)


class SyncClosing(WebsocketConsumer):
    """Closes at each frame."""

    def receive(
        self, text_data: str | None = None, bytes_data: bytes | None = None
    ) -> None:
        NOTES.append(text_data)
        self.close()

    def disconnect(self, code: int) -> None:
        NOTES.append(code)


class AsyncDispatching(AsyncWebsocketConsumer):
    """Answers in a ``dispatch()`` of its own."""

    async def dispatch(self, message: Event) -> None:
        kind = message["type"].removeprefix("websocket.")
        NOTES.append(kind)
        if kind == "receive":
            await self.close()
        else:
            await super().dispatch(message)


class SyncDispatching(WebsocketConsumer):
    """The same, in front of handlers in threads."""

    async def dispatch(self, message: Event) -> None:
        kind = message["type"].removeprefix("websocket.")
        NOTES.append(kind)
        if kind == "receive":
            message = {"type": "bye"}
        await super().dispatch(message)

    def bye(self, event: Event) -> None:
        self.close()


class AsyncLate(AsyncWebsocketConsumer):
    """Closes, with a message of the layer on its way."""

    async def receive(
        self, text_data: str | None = None, bytes_data: bytes | None = None
    ) -> None:
        await self.channel_layer.send(self.channel_name, {"type": "late"})
        await ticks(20)
        await self.close()

    async def late(self, event: Event) -> None:
        NOTES.append("late")


class SyncLate(WebsocketConsumer):
    """Closes, with a message of the layer on its way."""

    def receive(
        self, text_data: str | None = None, bytes_data: bytes | None = None
    ) -> None:
        send = async_to_sync(self.channel_layer.send)
        send(self.channel_name, {"type": "late"})
        async_to_sync(ticks)(20)
        self.close()

    def late(self, event: Event) -> None:
        NOTES.append("late")


class Unread(AsyncWebsocketConsumer):
    """Ends with messages in its mailbox."""

    async def receive(
        self, text_data: str | None = None, bytes_data: bytes | None = None
    ) -> None:
        for _ in range(3):
            await self.channel_layer.send(self.channel_name, {"type": "x"})
        raise LookupError("in receive")


class SyncVanished(WebsocketConsumer):
    def receive(
        self, text_data: str | None = None, bytes_data: bytes | None = None
    ) -> None:
        self.send("hello?")

    def disconnect(self, code: int) -> None:
        NOTES.append(code)


class AsyncOtherParameters(AsyncWebsocketConsumer):
    async def receive(self, data: str) -> None:  # type: ignore[override]
        raise AssertionError("never runs")


class SyncOtherParameters(WebsocketConsumer):
    def receive(self, data: str) -> None:  # type: ignore[override]
        raise AssertionError("never runs")


class LineBreak(AsyncWebsocketConsumer):
    async def connect(self) -> None:
        await self.accept(headers=[(b"x-a", b"1\r\nx-b: 2")])


class BrokenName(AsyncWebsocketConsumer):
    async def connect(self) -> None:
        await self.accept(headers=[(b"x a", b"1")])


class NoSubprotocol(AsyncWebsocketConsumer):
    async def connect(self) -> None:
        subprotocol: Any = ["chat"]
        await self.accept(subprotocol)


class Yielding(WebsocketConsumer):
    def receive(
        self, text_data: str | None = None, bytes_data: bytes | None = None
    ) -> Any:
        self.send(text_data)
        yield text_data


class TextStatus(AsyncHttpConsumer):
    async def handle(self, body: bytes) -> None:
        status: Any = "200"
        await self.send_response(status, b"")
