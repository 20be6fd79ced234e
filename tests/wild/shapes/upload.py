"""A file arrives in binary frames, between two texts that frame it."""

import hashlib
import json
from typing import Any

from minichannels.generic.websocket import AsyncWebsocketConsumer
from support.wild import ACCEPT, Connect, Hear, Say, said


class Upload(AsyncWebsocketConsumer):
    async def connect(self) -> None:
        self.reset()
        await self.accept()

    def reset(self) -> None:
        self.file: str | None = None
        self.size = 0
        self.chunks: list[bytes] = []

    async def receive(
        self, text_data: str | None = None, bytes_data: bytes | None = None
    ) -> None:
        if bytes_data:
            await self.receive_chunk(bytes_data)
        elif text_data:
            await getattr(self, f"command_{json.loads(text_data).pop('do')}")(
                json.loads(text_data)
            )

    async def command_begin(self, data: dict[str, Any]) -> None:
        self.file, self.size = data["name"], data["size"]
        await self.send(text_data=json.dumps({"ready": self.file}))

    async def receive_chunk(self, chunk: bytes) -> None:
        if self.file is None:
            await self.send(text_data=json.dumps({"error": "no file"}))
            return
        self.chunks.append(chunk)
        done = sum(map(len, self.chunks))
        await self.send(
            text_data=json.dumps({"percent": 100 * done // self.size})
        )

    async def command_finish(self, data: dict[str, Any]) -> None:
        content = b"".join(self.chunks)
        digest = hashlib.sha256(content).hexdigest()
        good = digest == data["sha256"]
        await self.send(text_data=json.dumps({"stored": good}))
        await self.send(bytes_data=content[::-1])
        self.reset()


APP = Upload.as_asgi()
_FILE = bytes(range(256)) * 40
PLAY = [
    Connect("ada"),
    Say("ada", b"early"),
    Say("ada", {"do": "begin", "name": "a.bin", "size": len(_FILE)}),
    Say("ada", _FILE[:5120]),
    Say("ada", _FILE[5120:]),
    Say("ada", {"do": "finish", "sha256": hashlib.sha256(_FILE).hexdigest()}),
    Hear("ada", 7),
]
HEARD = {
    "ada": [
        ACCEPT,
        said({"error": "no file"}),
        said({"ready": "a.bin"}),
        said({"percent": 50}),
        said({"percent": 100}),
        said({"stored": True}),
        said(_FILE[::-1]),
    ]
}
