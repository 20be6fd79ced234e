"""connect() chooses a second consumer, and hands the connection to it."""

from typing import Any

from minichannels.generic.websocket import AsyncJsonWebsocketConsumer
from support.wild import ACCEPT, Connect, Hear, Say, closed, said


class Lists(AsyncJsonWebsocketConsumer):
    async def connect(self) -> None:
        await self.accept()
        await self.send_json(["lists"])

    async def receive_json(self, content: Any, **kwargs: Any) -> None:
        await self.channel_layer.group_add("lists", self.channel_name)
        await self.channel_layer.group_send(
            "lists", {"type": "list.changed", "name": content[0]}
        )

    async def list_changed(self, event: dict[str, Any]) -> None:
        await self.send_json({"changed": event["name"]}, close=True)


class Cards(Lists):
    async def connect(self) -> None:
        await self.close(code=4040)


class Dispatcher(AsyncJsonWebsocketConsumer):
    chosen: Any
    kinds = {"/lists": Lists, "/cards": Cards}

    async def connect(self) -> None:
        self.chosen = self.kinds[self.scope["path"]]()
        self.chosen.scope = self.scope
        self.chosen.base_send = self.base_send
        self.chosen.channel_layer = self.channel_layer
        self.chosen.channel_name = self.channel_name
        await self.chosen.connect()

    async def receive_json(self, content: Any, **kwargs: Any) -> None:
        await self.chosen.receive_json(content, **kwargs)

    async def list_changed(self, event: dict[str, Any]) -> None:
        await self.chosen.list_changed(event)


APP = Dispatcher.as_asgi()
PLAY = [
    Connect("ada", "/lists"),
    Hear("ada", 2),
    Connect("bob", "/cards"),
    Hear("bob"),
    Say("ada", ["shopping"]),
    Hear("ada", 2),
]
HEARD = {
    "ada": [ACCEPT, said(["lists"]), said({"changed": "shopping"}), closed()],
    "bob": [closed(4040)],
}
