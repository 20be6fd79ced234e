"""A pong whose loop is a thread, which hands what it sends to the event loop.

From such a thread self.send() of a sync consumer is no sure thing with
Channels, where it runs on an event loop of its own.
"""

import asyncio
import json
import threading
from typing import Any

from minichannels.generic.websocket import AsyncWebsocketConsumer
from support.wild import ACCEPT, Connect, Hear, Leave, Say, said


class Pong(AsyncWebsocketConsumer):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.hit = threading.Event()
        self.running = True
        self.hits = 0

    async def connect(self) -> None:
        await self.channel_layer.group_add("pong", self.channel_name)
        await self.accept()
        self.loop = asyncio.get_running_loop()
        self.game_thread = threading.Thread(target=self.game_loop, daemon=True)
        self.game_thread.start()

    def game_loop(self) -> None:
        for ball in range(3):
            self.from_thread(self.send(text_data=json.dumps({"ball": ball})))
            self.hit.wait()
            self.hit.clear()
            if not self.running:
                return
        self.from_thread(
            self.channel_layer.group_send(
                "pong", {"type": "score", "score": self.hits}
            )
        )

    def from_thread(self, coroutine: Any) -> None:
        asyncio.run_coroutine_threadsafe(coroutine, self.loop).result()

    async def receive(
        self, text_data: str | None = None, bytes_data: bytes | None = None
    ) -> None:
        self.hits += json.loads(text_data or "0")
        self.hit.set()

    async def score(self, event: dict[str, Any]) -> None:
        await self.send(text_data=json.dumps({"score": event["score"]}))

    async def disconnect(self, code: int) -> None:
        self.running = False
        self.hit.set()
        await asyncio.to_thread(self.game_thread.join)
        await self.channel_layer.group_discard("pong", self.channel_name)


APP = Pong.as_asgi()
PLAY = [
    Connect("ada"),
    Connect("bob"),
    Hear("ada bob", 2),
    Say("ada", 1),
    Hear("ada"),
    Say("ada", 2),
    Hear("ada"),
    Say("ada", 3),
    Hear("ada bob"),
    Leave("bob"),
]
HEARD = {
    "ada": [
        ACCEPT,
        *(said({"ball": ball}) for ball in range(3)),
        said({"score": 6}),
    ],
    "bob": [ACCEPT, said({"ball": 0}), said({"score": 6})],
}
