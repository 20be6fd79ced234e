"""A task asks each client for signs of life, and closes when there are none."""

import asyncio
import contextlib
import json

from minichannels.generic.websocket import AsyncWebsocketConsumer
from support.wild import ACCEPT, Connect, Hear, Say, closed, said

PATIENCE = {"/patient": 60.0, "/strict": 0.01}


class Heartbeat(AsyncWebsocketConsumer):
    beats = 3

    async def connect(self) -> None:
        await self.accept()
        self.alive = asyncio.Event()
        self.heartbeat_task = asyncio.create_task(self.heartbeat())

    async def heartbeat(self) -> None:
        for beat in range(self.beats):
            self.alive.clear()
            await self.send(text_data=json.dumps({"ping": beat}))
            try:
                await asyncio.wait_for(
                    self.alive.wait(), PATIENCE[self.scope["path"]]
                )
            except TimeoutError:
                await self.close(code=4008, reason="no pong")
                return
        await self.send(text_data=json.dumps({"alive": self.beats}))

    async def receive(
        self, text_data: str | None = None, bytes_data: bytes | None = None
    ) -> None:
        if json.loads(text_data or "{}").get("pong") is not None:
            self.alive.set()

    async def disconnect(self, code: int) -> None:
        self.heartbeat_task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await self.heartbeat_task


APP = Heartbeat.as_asgi()
PLAY = [
    Connect("ada", "/patient"),
    Hear("ada", 2),
    Connect("eve", "/strict"),
    Hear("eve", 3),
    Say("ada", {"pong": 0}),
    Hear("ada"),
    Say("ada", {"pong": 1}),
    Hear("ada"),
    Say("ada", {"pong": 2}),
    Hear("ada"),
]
HEARD = {
    "ada": [
        ACCEPT,
        *(said({"ping": beat}) for beat in range(3)),
        said({"alive": 3}),
    ],
    "eve": [ACCEPT, said({"ping": 0}), closed(4008, "no pong")],
}
