"""One WebSocket carries several streams, each with a consumer of its own.

The consumers below are applications: they get a queue to receive from, and a
function of the outer one to send with.
"""

import asyncio
import functools
import json
from typing import Any

from minichannels.generic.websocket import (
    AsyncJsonWebsocketConsumer,
    AsyncWebsocketConsumer,
)
from support.wild import ACCEPT, Connect, Hear, Leave, Say, closed, said

NOTES: list[Any] = []


class Clock(AsyncJsonWebsocketConsumer):
    async def receive_json(self, content: Any, **kwargs: Any) -> None:
        await self.send_json({"time": content["zone"]})

    async def disconnect(self, code: int) -> None:
        NOTES.append(("clock", code))


class Shout(AsyncWebsocketConsumer):
    groups = ["shouts"]

    async def receive(
        self, text_data: str | None = None, bytes_data: bytes | None = None
    ) -> None:
        await self.channel_layer.group_send(
            "shouts", {"type": "shout", "text": json.loads(text_data or "")}
        )

    async def shout(self, event: dict[str, Any]) -> None:
        await self.send(json.dumps(event["text"].upper()))

    async def disconnect(self, code: int) -> None:
        NOTES.append(("shout", code))


class Demultiplexer(AsyncJsonWebsocketConsumer):
    applications = {"clock": Clock.as_asgi(), "shout": Shout.as_asgi()}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.upstream: dict[str, asyncio.Queue[Any]] = {}
        self.tasks: list[asyncio.Task[Any]] = []
        self.accepted: set[str] = set()

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        for stream, application in self.applications.items():
            queue = self.upstream[stream] = asyncio.Queue()
            downstream = functools.partial(self.dispatch_downstream, stream)
            call: Any = application(scope, queue.get, downstream)
            self.tasks.append(asyncio.ensure_future(call))
        try:
            await super().__call__(scope, receive, send)
        finally:
            await asyncio.gather(*self.tasks)

    async def websocket_connect(self, message: Any) -> None:
        for queue in self.upstream.values():
            queue.put_nowait(message)

    async def websocket_disconnect(self, message: Any) -> None:
        for queue in self.upstream.values():
            queue.put_nowait(message)
        await super().websocket_disconnect(message)

    async def dispatch_downstream(self, stream: str, message: Any) -> None:
        handler = getattr(self, message["type"].replace(".", "_"))
        await handler(message, stream)

    async def websocket_accept(self, message: Any, stream: str) -> None:
        self.accepted.add(stream)
        if len(self.accepted) == len(self.applications):
            await self.accept()

    async def websocket_send(self, message: Any, stream: str) -> None:
        payload = await self.decode_json(message["text"])
        await self.send_json({"stream": stream, "payload": payload})

    async def receive_json(self, content: Any, **kwargs: Any) -> None:
        if content.get("stream") not in self.upstream:
            await self.close(4004)
            return
        text = await self.encode_json(content["payload"])
        self.upstream[content["stream"]].put_nowait(
            {"type": "websocket.receive", "text": text}
        )


APP = Demultiplexer.as_asgi()
PLAY = [
    Connect("ada"),
    Connect("bob"),
    Hear("ada bob"),
    Say("ada", {"stream": "clock", "payload": {"zone": "utc"}}),
    Hear("ada"),
    Say("ada", {"stream": "shout", "payload": "hi"}),
    Hear("ada bob"),
    Say("bob", {"stream": "none", "payload": 1}),
    Hear("bob"),
    Leave("bob", 4004),
    Leave("ada", 1000),
]
HEARD = {
    "ada": [
        ACCEPT,
        said({"stream": "clock", "payload": {"time": "utc"}}),
        said({"stream": "shout", "payload": "HI"}),
    ],
    "bob": [ACCEPT, said({"stream": "shout", "payload": "HI"}), closed(4004)],
}
NOTED = [("clock", 4004), ("shout", 4004), ("clock", 1000), ("shout", 1000)]
