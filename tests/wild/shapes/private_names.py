"""Helpers and attributes whose names begin with an underscore, as they like.

The names are those that people give: none of them is Channels'.
"""
# mypy: disallow-subclassing-any=False

import json
from typing import Any

from minichannels.generic.websocket import AsyncWebsocketConsumer
from support.wild import ACCEPT, Connect, Hear, Leave, Say, closed, said

Base: Any = AsyncWebsocketConsumer
NOTES: list[Any] = []


class Ludo(Base):
    _state = "lobby"
    _handlers = ("join", "move")
    _joined = False
    _ended: Any = None
    _sending = 0

    async def connect(self) -> None:
        self._user = self.scope["path"].strip("/")
        self._pieces = [0, 0]
        await self.accept()
        await self._send("state", self._state)

    async def receive(
        self, text_data: str | None = None, bytes_data: bytes | None = None
    ) -> None:
        await self._handle(json.loads(text_data or "{}"))

    async def _handle(self, message: dict[str, Any]) -> None:
        kind = message.pop("do")
        await getattr(self, f"_{kind}")(**message)

    async def _join(self, game: str) -> None:
        self._joined, self._group = True, game
        await self.channel_layer.group_add(game, self.channel_name)
        self._state = "playing"
        await self._broadcast("joined", self._user)

    async def _move(self, piece: int, by: int) -> None:
        self._pieces[piece] += by
        await self._broadcast("moved", self._pieces)
        if self._check_order():
            self._ended = self._user
            await self._leave("won")

    def _check_order(self) -> bool:
        return self._pieces == sorted(self._pieces) and self._pieces[0] > 0

    async def _leave(self, why: str) -> None:
        self._state = "left"
        await self._broadcast("left", [self._user, why])
        await self.channel_layer.group_discard(self._group, self.channel_name)
        self._joined = False
        await self._emit(why)

    async def _emit(self, why: str) -> None:
        await self.close(4000, why)

    async def _send(self, kind: str, data: Any) -> None:
        self._sending += 1
        await self.send(text_data=json.dumps([self._sending, kind, data]))

    async def _broadcast(self, kind: str, data: Any) -> None:
        await self.channel_layer.group_send(
            self._group, {"type": "tell", "kind": kind, "data": data}
        )

    async def tell(self, event: dict[str, Any]) -> None:
        if self._state != "left":
            await self._send(event["kind"], event["data"])

    async def disconnect(self, code: int) -> None:
        NOTES.append((self._user, self._ended))
        if self._joined:
            await self._run("gone")

    async def _run(self, why: str) -> None:
        await self._broadcast("gone", why)


APP = Ludo.as_asgi()
PLAY = [
    Connect("ada", "/ada"),
    Connect("bob", "/bob"),
    Hear("ada bob", 2),
    Say("ada", {"do": "join", "game": "one"}),
    Hear("ada"),
    Say("bob", {"do": "join", "game": "one"}),
    Hear("ada bob"),
    Say("ada", {"do": "move", "piece": 1, "by": 6}),
    Hear("ada bob"),
    Say("ada", {"do": "move", "piece": 0, "by": 5}),
    Hear("ada"),
    Hear("bob", 2),
    Leave("ada", 4000),
    Leave("bob"),
]
HEARD = {
    "ada": [
        ACCEPT,
        said([1, "state", "lobby"]),
        said([2, "joined", "ada"]),
        said([3, "joined", "bob"]),
        said([4, "moved", [0, 6]]),
        closed(4000, "won"),
    ],
    "bob": [
        ACCEPT,
        said([1, "state", "lobby"]),
        said([2, "joined", "bob"]),
        said([3, "moved", [0, 6]]),
        said([4, "moved", [5, 6]]),
        said([5, "left", ["ada", "won"]]),
    ],
}
NOTED = [("ada", "ada"), ("bob", None)]
