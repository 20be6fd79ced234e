"""The tutorial's chat, which also says who is there."""

import json
from typing import Any

from minichannels.generic.websocket import AsyncWebsocketConsumer
from minichannels.routing import ProtocolTypeRouter, URLRouter
from support.wild import ACCEPT, Connect, Hear, Leave, Say, path, said

ROOMS: dict[str, list[str]] = {}


class ChatConsumer(AsyncWebsocketConsumer):
    async def connect(self) -> None:
        captured = self.scope["url_route"]["kwargs"]
        self.room_name, self.user = captured["room_name"], captured["user"]
        self.room_group_name = f"chat_{self.room_name}"
        await self.channel_layer.group_add(
            self.room_group_name, self.channel_name
        )
        await self.accept()
        ROOMS.setdefault(self.room_name, []).append(self.user)
        await self.tell_presence()

    async def disconnect(self, close_code: int) -> None:
        ROOMS[self.room_name].remove(self.user)
        await self.channel_layer.group_discard(
            self.room_group_name, self.channel_name
        )
        await self.tell_presence()

    async def receive(  # type: ignore[override]  # as the tutorial writes it
        self, text_data: str
    ) -> None:
        message = json.loads(text_data)["message"]
        event = {
            "type": "chat.message",
            "message": message,
            "sender": self.user,
        }
        await self.channel_layer.group_send(self.room_group_name, event)

    async def tell_presence(self) -> None:
        await self.channel_layer.group_send(
            self.room_group_name,
            {"type": "presence", "users": ROOMS[self.room_name]},
        )

    async def chat_message(self, event: dict[str, Any]) -> None:
        answer = {"from": event["sender"], "message": event["message"]}
        await self.send(text_data=json.dumps(answer))

    async def presence(self, event: dict[str, Any]) -> None:
        await self.send(text_data=json.dumps({"users": event["users"]}))


APP = ProtocolTypeRouter(
    {
        "websocket": URLRouter(
            [path("ws/<room_name>/<user>/", ChatConsumer.as_asgi())]
        )
    }
)
PLAY = [
    Connect("ada", "/ws/lobby/ada/"),
    Hear("ada", 2),
    Connect("bob", "/ws/lobby/bob/"),
    Hear("bob", 2),
    Hear("ada"),
    Connect("eve", "/ws/attic/eve/"),
    Hear("eve", 2),
    Say("ada", {"message": "hi"}),
    Hear("ada bob"),
    Leave("ada"),
    Hear("bob"),
]
HEARD = {
    "ada": [
        ACCEPT,
        said({"users": ["ada"]}),
        said({"users": ["ada", "bob"]}),
        said({"from": "ada", "message": "hi"}),
    ],
    "bob": [
        ACCEPT,
        said({"users": ["ada", "bob"]}),
        said({"from": "ada", "message": "hi"}),
        said({"users": ["bob"]}),
    ],
    "eve": [ACCEPT, said({"users": ["eve"]})],
}
