"""A task of each connection begins in connect() and ends in disconnect()."""

import asyncio
from typing import Any

from minichannels.generic.websocket import AsyncJsonWebsocketConsumer
from support.wild import ACCEPT, Connect, Hear, Leave, Say, said

NOTES: list[Any] = []


class Monitor(AsyncJsonWebsocketConsumer):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.background_tasks: list[asyncio.Task[None]] = []
        self.wanted: asyncio.Queue[str] = asyncio.Queue()

    async def connect(self) -> None:
        await self.accept()
        for coroutine in (self.watch("cpu"), self.be_idle()):
            task = asyncio.create_task(coroutine)
            self.background_tasks.append(task)

    async def watch(self, name: str) -> None:
        try:
            value = 0
            await self.send_json({"watching": name})
            while True:
                await self.channel_layer.send(
                    self.channel_name,
                    {"type": "reading", "of": name, "value": value},
                )
                value += 1
                await self.wanted.get()
        except asyncio.CancelledError:
            NOTES.append(f"{name} cancelled")
            raise

    async def be_idle(self) -> None:
        try:
            await asyncio.Event().wait()
        finally:
            NOTES.append("idle no more")

    async def reading(self, event: dict[str, Any]) -> None:
        await self.send_json([event["of"], event["value"]])

    async def receive_json(self, content: Any, **kwargs: Any) -> None:
        await self.wanted.put(content["more"])

    async def disconnect(self, close_code: int) -> None:
        for task in self.background_tasks:
            task.cancel()
        await asyncio.gather(*self.background_tasks, return_exceptions=True)
        NOTES.append(f"closed {close_code}")


APP = Monitor.as_asgi()
PLAY = [
    Connect("ada"),
    Hear("ada", 3),
    Say("ada", {"more": "please"}),
    Hear("ada"),
    Leave("ada", 1001),
]
HEARD = {
    "ada": [
        ACCEPT,
        said({"watching": "cpu"}),
        said(["cpu", 0]),
        said(["cpu", 1]),
    ]
}
NOTED = ["cpu cancelled", "idle no more", "closed 1001"]
