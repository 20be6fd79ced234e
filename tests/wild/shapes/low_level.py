"""Consumers below the generic ones, which write the events themselves."""

import json
from typing import Any

from minichannels.consumer import AsyncConsumer, SyncConsumer
from minichannels.exceptions import StopConsumer
from minichannels.routing import URLRouter
from support.wild import Connect, Hear, Leave, Say, closed, path, said

NOTES: list[Any] = []


class Echo(AsyncConsumer):
    async def websocket_connect(self, event: Any) -> None:
        await self.channel_layer.group_add("low", self.channel_name)
        await self.send({"type": "websocket.accept", "text": str(event)})

    async def websocket_receive(self, event: Any) -> None:
        if event.get("text") == "quit":
            await self.send({"type": "websocket.close", "code": 4000})
            return
        await self.channel_layer.group_send(
            "low", {"type": "low.level", "text": event["text"]}
        )

    async def low_level(self, event: Any) -> None:
        await self.send({"type": "websocket.send", "text": event["text"]})

    async def websocket_disconnect(self, event: Any) -> None:
        NOTES.append(event)
        raise StopConsumer()


class Prices(SyncConsumer):
    def websocket_connect(self, event: Any) -> None:
        self.send({"type": "websocket.accept"})
        self.send({"type": "websocket.send", "text": json.dumps([1, 2])})

    def websocket_receive(self, event: Any) -> None:
        self.send({"type": "websocket.send", "bytes": event["bytes"] * 2})

    def websocket_disconnect(self, event: Any) -> None:
        NOTES.append(event["code"])
        raise StopConsumer


APP = URLRouter(
    [path("echo/", Echo.as_asgi()), path("prices/", Prices.as_asgi())]
)
PLAY = [
    Connect("ada", "/echo/"),
    Connect("bob", "/echo/"),
    Connect("eve", "/prices/"),
    Hear("ada bob"),
    Hear("eve", 2),
    Say("ada", "hi"),
    Hear("ada bob"),
    Say("eve", b"\x00\xff"),
    Hear("eve"),
    Say("bob", "quit"),
    Hear("bob"),
    Leave("bob", 4000),
    Leave("eve", 3000),
    Leave("ada"),
]
_ACCEPT = {"type": "websocket.accept", "text": "{'type': 'websocket.connect'}"}
HEARD = {
    "ada": [_ACCEPT, said("hi")],
    "bob": [_ACCEPT, said("hi"), closed(4000)],
    "eve": [
        {"type": "websocket.accept"},
        said([1, 2]),
        said(b"\x00\xff\x00\xff"),
    ],
}
NOTED = [
    {"type": "websocket.disconnect", "code": 4000},
    3000,
    {"type": "websocket.disconnect", "code": 1000},
]
