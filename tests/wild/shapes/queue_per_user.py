"""Each user has a queue; a writer of each connection empties it."""

import asyncio
import collections
from typing import Any

from minichannels.generic.websocket import AsyncJsonWebsocketConsumer
from support.wild import ACCEPT, Connect, Hear, Leave, Say, said

QUEUES: dict[str, asyncio.Queue[Any]] = collections.defaultdict(asyncio.Queue)


class Inbox(AsyncJsonWebsocketConsumer):
    async def connect(self) -> None:
        self.user = self.scope["path"].strip("/")
        await self.accept()
        self.writer = asyncio.create_task(self.write(QUEUES[self.user]))

    async def write(self, queue: "asyncio.Queue[Any]") -> None:
        while True:
            letter = await queue.get()
            await self.send_json(letter)
            queue.task_done()

    async def receive_json(self, content: Any, **kwargs: Any) -> None:
        await QUEUES[content["to"]].put(
            {"from": self.user, "text": content["text"]}
        )
        await self.send_json({"kept": QUEUES[content["to"]].qsize()})

    async def disconnect(self, code: int) -> None:
        self.writer.cancel()


APP = Inbox.as_asgi()
PLAY = [
    Connect("ada", "/ada"),
    Hear("ada"),
    Say("ada", {"to": "bob", "text": "one"}),
    Hear("ada"),
    Say("ada", {"to": "bob", "text": "two"}),
    Hear("ada"),
    Connect("bob", "/bob"),
    Hear("bob", 3),
    Say("bob", {"to": "eve", "text": "three"}),
    Hear("bob"),
    Leave("bob"),
    Connect("eve", "/eve"),
    Hear("eve", 2),
]
HEARD = {
    "ada": [ACCEPT, said({"kept": 1}), said({"kept": 2})],
    "bob": [
        ACCEPT,
        said({"from": "ada", "text": "one"}),
        said({"from": "ada", "text": "two"}),
        said({"kept": 1}),
    ],
    "eve": [ACCEPT, said({"from": "bob", "text": "three"})],
}
