"""The first message has to be a token; without it nothing is done."""

from typing import Any

from minichannels.generic.websocket import AsyncJsonWebsocketConsumer
from support.wild import ACCEPT, Connect, Hear, Say, closed, said

TOKENS = {"t-ada": "ada", "t-bob": "bob"}


class Account(AsyncJsonWebsocketConsumer):
    user: str | None = None

    async def connect(self) -> None:
        await self.accept()

    async def receive_json(self, content: Any, **kwargs: Any) -> None:
        if self.user is None:
            return await self.authenticate(content)
        return await self.channel_layer.group_send(
            "accounts", {"type": "note", "user": self.user, **content}
        )

    async def authenticate(self, content: Any) -> None:
        self.user = TOKENS.get(content.get("token", ""))
        if self.user is None:
            await self.send_json({"error": "unknown token"})
            await self.close(code=4001)
            return
        await self.channel_layer.group_add("accounts", self.channel_name)
        await self.send_json({"welcome": self.user}, close=False)

    async def note(self, event: dict[str, Any]) -> None:
        await self.send_json([event["user"], event["text"]])

    async def disconnect(self, code: int) -> None:
        if self.user is not None:
            await self.channel_layer.group_discard(
                "accounts", self.channel_name
            )


APP = Account.as_asgi()
PLAY = [
    Connect("ada"),
    Connect("bob"),
    Connect("eve"),
    Hear("ada bob eve"),
    Say("ada", {"token": "t-ada"}),
    Say("bob", {"token": "t-bob"}),
    Say("eve", {"token": "mine"}),
    Hear("ada bob"),
    Hear("eve", 2),
    Say("bob", {"text": "hi"}),
    Hear("ada bob"),
]
HEARD = {
    "ada": [ACCEPT, said({"welcome": "ada"}), said(["bob", "hi"])],
    "bob": [ACCEPT, said({"welcome": "bob"}), said(["bob", "hi"])],
    "eve": [ACCEPT, said({"error": "unknown token"}), closed(4001)],
}
