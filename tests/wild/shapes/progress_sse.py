"""A job's progress as server-sent events, and a page to begin the job."""

import asyncio
import json
from typing import Any

from minichannels.generic.http import AsyncHttpConsumer
from support.wild import Ask, Hear, body, started

NOTES: list[Any] = []
HEADERS = [
    (b"content-type", b"text/event-stream"),
    (b"cache-control", b"no-cache"),
]


class Progress(AsyncHttpConsumer):
    async def handle(self, body: bytes) -> None:
        steps = json.loads(body)["steps"]
        await self.send_headers(headers=HEADERS)
        for percent in steps:
            await self.send_event("progress", {"percent": percent})
            await asyncio.sleep(0)
        await self.send_event("done", {}, last=True)

    async def send_event(
        self, name: str, data: Any, last: bool = False
    ) -> None:
        text = f"event: {name}\ndata: {json.dumps(data)}\n\n"
        await self.send_body(text.encode("utf-8"), more_body=not last)

    async def disconnect(self) -> None:
        NOTES.append("disconnect")


APP = Progress.as_asgi()
PLAY = [Ask("ada", "/job", b'{"steps": [0, 50, 100]}'), Hear("ada", 5)]
_TYPE = {"content-type": "text/event-stream", "cache-control": "no-cache"}
HEARD = {
    "ada": [
        started(_TYPE),
        body(b'event: progress\ndata: {"percent": 0}\n\n', more_body=True),
        body(b'event: progress\ndata: {"percent": 50}\n\n', more_body=True),
        body(b'event: progress\ndata: {"percent": 100}\n\n', more_body=True),
        body(b"event: done\ndata: {}\n\n"),
    ]
}
NOTED = ["disconnect"]
