"""Consumers that run on both packages, as that one word is replaced.

Nobody imports this module: ``tests/compat/test_consumers.py`` reads its text,
once as it stands and once with ``channels`` for ``minichannels``. What cannot
be seen in the events that a consumer sends goes into ``NOTES``.
"""

from typing import Any

from asgiref.sync import async_to_sync

from minichannels.consumer import AsyncConsumer, SyncConsumer
from minichannels.exceptions import (
    AcceptConnection,
    DenyConnection,
    StopConsumer,
)
from minichannels.generic.http import AsyncHttpConsumer
from minichannels.generic.websocket import (
    AsyncJsonWebsocketConsumer,
    AsyncWebsocketConsumer,
    JsonWebsocketConsumer,
    WebsocketConsumer,
)

Event = Any
NOTES: list[Any] = []


class AsyncBare(AsyncConsumer):
    async def chat_message(self, event: Event) -> None:
        await self.send({"type": "answer", "text": event["text"]})

    async def stop(self, event: Event) -> None:
        raise StopConsumer


class SyncBare(SyncConsumer):
    def chat_message(self, event: Event) -> None:
        self.send({"type": "answer", "text": event["text"]})

    def stop(self, event: Event) -> None:
        raise StopConsumer


class AsyncDefault(AsyncWebsocketConsumer):
    pass


class SyncDefault(WebsocketConsumer):
    pass


class AsyncJsonDefault(AsyncJsonWebsocketConsumer):
    pass


class SyncJsonDefault(JsonWebsocketConsumer):
    pass


class AsyncEcho(AsyncWebsocketConsumer):
    async def receive(
        self, text_data: str | None = None, bytes_data: bytes | None = None
    ) -> None:
        await self.send(text_data, bytes_data)

    async def disconnect(self, code: int) -> None:
        NOTES.append(code)


class SyncEcho(WebsocketConsumer):
    def receive(
        self, text_data: str | None = None, bytes_data: bytes | None = None
    ) -> None:
        self.send(text_data, bytes_data)

    def disconnect(self, code: int) -> None:
        NOTES.append(code)


class AsyncAccept(AsyncWebsocketConsumer):
    async def connect(self) -> None:
        await self.accept("chat", [(b"x-room", b"Lobby")])


class SyncAccept(WebsocketConsumer):
    def connect(self) -> None:
        self.accept("chat", [(b"x-room", b"Lobby")])


class AsyncRefuse(AsyncEcho):
    async def connect(self) -> None:
        await self.close(4000)


class SyncRefuse(SyncEcho):
    def connect(self) -> None:
        self.close(4000)


class AsyncAcceptByError(AsyncWebsocketConsumer):
    async def connect(self) -> None:
        raise AcceptConnection


class SyncAcceptByError(WebsocketConsumer):
    def connect(self) -> None:
        raise AcceptConnection


class AsyncDenyByError(AsyncWebsocketConsumer):
    async def connect(self) -> None:
        raise DenyConnection


class SyncDenyByError(WebsocketConsumer):
    def connect(self) -> None:
        raise DenyConnection


class AsyncErrors(AsyncWebsocketConsumer):
    """Fails where its path says."""

    async def connect(self) -> None:
        await self.fail_in("/connect")
        await self.accept()

    async def receive(
        self, text_data: str | None = None, bytes_data: bytes | None = None
    ) -> None:
        await self.fail_in("/receive")

    async def disconnect(self, code: int) -> None:
        await self.fail_in("/disconnect")

    async def fail_in(self, path: str) -> None:
        if self.scope["path"] == path:
            raise LookupError(path)


class SyncErrors(WebsocketConsumer):
    """Fails where its path says."""

    def connect(self) -> None:
        self.fail_in("/connect")
        self.accept()

    def receive(
        self, text_data: str | None = None, bytes_data: bytes | None = None
    ) -> None:
        self.fail_in("/receive")

    def disconnect(self, code: int) -> None:
        self.fail_in("/disconnect")

    def fail_in(self, path: str) -> None:
        if self.scope["path"] == path:
            raise LookupError(path)


class AsyncCommands(AsyncWebsocketConsumer):
    """Does what a client writes."""

    async def receive(
        self, text_data: str | None = None, bytes_data: bytes | None = None
    ) -> None:
        if text_data == "close":
            await self.close()
        elif text_data == "close with code":
            await self.close(4001, "kicked")
        elif text_data == "send and close":
            await self.send("bye", close=True)
        elif text_data == "send and close with code":
            await self.send(bytes_data=b"bye", close=3000)
        elif text_data == "stop":
            raise StopConsumer
        else:
            await self.send()


class SyncCommands(WebsocketConsumer):
    """Does what a client writes."""

    def receive(
        self, text_data: str | None = None, bytes_data: bytes | None = None
    ) -> None:
        if text_data == "close":
            self.close()
        elif text_data == "close with code":
            self.close(4001, "kicked")
        elif text_data == "send and close":
            self.send("bye", close=True)
        elif text_data == "send and close with code":
            self.send(bytes_data=b"bye", close=3000)
        elif text_data == "stop":
            raise StopConsumer
        else:
            self.send()


class AsyncRoom(AsyncWebsocketConsumer):
    """Sends what it receives to its group, and so to itself."""

    groups = ["room"]

    async def receive(
        self, text_data: str | None = None, bytes_data: bytes | None = None
    ) -> None:
        await self.channel_layer.group_send(
            "room", {"type": text_data, "n": [1, {"a": b"\x00"}]}
        )

    async def chat_message(self, event: Event) -> None:
        await self.send(f"{event['type']} {event['n']}")


class SyncRoom(WebsocketConsumer):
    """Sends what it receives to its group, and so to itself."""

    groups = ["room"]

    def receive(
        self, text_data: str | None = None, bytes_data: bytes | None = None
    ) -> None:
        async_to_sync(self.channel_layer.group_send)(
            "room", {"type": text_data, "n": [1, {"a": b"\x00"}]}
        )

    def chat_message(self, event: Event) -> None:
        self.send(f"{event['type']} {event['n']}")


class AsyncNoLayer(AsyncRoom):
    channel_layer_alias = "nowhere"


class SyncNoLayer(SyncRoom):
    channel_layer_alias = "nowhere"


class AsyncJsonEcho(AsyncJsonWebsocketConsumer):
    async def receive_json(self, content: Any, **kwargs: Any) -> None:
        await self.send_json({"got": content}, close=content == "bye")


class SyncJsonEcho(JsonWebsocketConsumer):
    def receive_json(self, content: Any, **kwargs: Any) -> None:
        self.send_json({"got": content}, close=content == "bye")


class AsyncCodec(AsyncJsonEcho):
    @classmethod
    async def decode_json(cls, text_data: str) -> Any:
        return text_data.split(";")

    @classmethod
    async def encode_json(cls, content: Any) -> str:
        return "|".join(content["got"])


class SyncCodec(SyncJsonEcho):
    @classmethod
    def decode_json(cls, text_data: str) -> Any:
        return text_data.split(";")

    @classmethod
    def encode_json(cls, content: Any) -> str:
        return "|".join(content["got"])


class Page(AsyncHttpConsumer):
    async def handle(self, body: bytes) -> None:
        await self.send_response(
            201, body, headers={b"content-type": b"text/plain"}
        )

    async def disconnect(self) -> None:
        NOTES.append("disconnect")


class PageOfPairs(Page):
    async def handle(self, body: bytes) -> None:
        await self.send_headers(headers=[(b"x-a", b"1"), (b"x-a", b"2")])
        for part in self.body:
            await self.send_body(part, more_body=True)
        await self.send_body(b"")


class PageWithError(Page):
    async def handle(self, body: bytes) -> None:
        raise LookupError("in handle")


class PageWithErrorAtEnd(Page):
    async def disconnect(self) -> None:
        raise LookupError("in disconnect")


class PageWithoutHandle(AsyncHttpConsumer):
    async def disconnect(self) -> None:
        NOTES.append("disconnect")
