"""A subprotocol with subscriptions: each has an id and a task of its own."""

import asyncio
from typing import Any

from minichannels.generic.websocket import AsyncJsonWebsocketConsumer
from support.wild import Connect, Hear, Say, closed, said

PROTOCOL = "updates-ws"


class Subscriptions(AsyncJsonWebsocketConsumer):
    async def connect(self) -> None:
        self.acknowledged = False
        self.running: dict[str, asyncio.Task[None]] = {}
        if PROTOCOL not in self.scope["subprotocols"]:
            await self.accept()
            await self.close(code=4406, reason="Subprotocol not acceptable")
            return
        await self.accept(subprotocol=PROTOCOL)

    async def receive_json(self, content: Any, **kwargs: Any) -> None:
        match content:
            case {"type": "connection_init"} if self.acknowledged:
                await self.close(4429, "Too many initialisation requests")
            case {"type": "connection_init"}:
                self.acknowledged = True
                await self.send_json({"type": "connection_ack"})
            case _ if not self.acknowledged:
                await self.close(4401, "Unauthorized")
            case {"type": "subscribe", "id": name} if name in self.running:
                await self.close(4409, f"Subscriber for {name} exists")
            case {"type": "subscribe", "id": name, "payload": payload}:
                self.running[name] = asyncio.create_task(
                    self.publish(name, payload)
                )
            case {"type": "complete", "id": name}:
                self.running.pop(name).cancel()
                await self.send_json({"id": name, "type": "complete"})

    async def publish(self, name: str, count: int) -> None:
        for payload in range(count):
            await self.send_json({"id": name, "type": "next", "of": payload})
        await asyncio.Event().wait()

    async def disconnect(self, code: int) -> None:
        for task in self.running.values():
            task.cancel()


APP = Subscriptions.as_asgi()
PLAY = [
    Connect("ada", subprotocols=["other", PROTOCOL]),
    Connect("old", subprotocols=["other"]),
    Connect("eve", subprotocols=[PROTOCOL]),
    Hear("ada eve"),
    Hear("old", 2),
    Say("eve", {"type": "subscribe", "id": "1", "payload": 1}),
    Hear("eve"),
    Say("ada", {"type": "connection_init"}),
    Hear("ada"),
    Say("ada", {"type": "subscribe", "id": "a", "payload": 2}),
    Hear("ada", 2),
    Say("ada", {"type": "subscribe", "id": "b", "payload": 1}),
    Hear("ada"),
    Say("ada", {"type": "complete", "id": "a"}),
    Hear("ada"),
    Say("ada", {"type": "subscribe", "id": "b", "payload": 1}),
    Hear("ada"),
]
_ACCEPT = {"type": "websocket.accept", "subprotocol": PROTOCOL}
HEARD = {
    "ada": [
        _ACCEPT,
        said({"type": "connection_ack"}),
        said({"id": "a", "type": "next", "of": 0}),
        said({"id": "a", "type": "next", "of": 1}),
        said({"id": "b", "type": "next", "of": 0}),
        said({"id": "a", "type": "complete"}),
        closed(4409, "Subscriber for b exists"),
    ],
    "old": [
        {"type": "websocket.accept", "subprotocol": None},
        closed(4406, "Subprotocol not acceptable"),
    ],
    "eve": [_ACCEPT, closed(4401, "Unauthorized")],
}
