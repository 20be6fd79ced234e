"""A game whose loop belongs to the room: the second player starts it."""

import asyncio
from typing import Any

from minichannels.generic.websocket import AsyncJsonWebsocketConsumer
from minichannels.layers import get_channel_layer
from support.wild import ACCEPT, Connect, Hear, Leave, Say, closed, said

TICK = 0.001


class Game:
    """One ball on its way through a field, until it is out."""

    def __init__(self, name: str) -> None:
        self.group = f"game_{name}"
        self.players: list[str] = []
        self.ball = {"x": 0, "dx": 1}
        self.task: asyncio.Task[None] | None = None

    async def loop(self) -> None:
        layer = get_channel_layer()
        assert layer is not None
        while abs(self.ball["x"]) < 3:
            await asyncio.sleep(TICK)
            self.ball["x"] += self.ball["dx"]
            await layer.group_send(
                self.group, {"type": "state_update", "ball": dict(self.ball)}
            )
        await layer.group_send(self.group, {"type": "game.over"})


GAMES: dict[str, Game] = {}


class GameConsumer(AsyncJsonWebsocketConsumer):
    async def connect(self) -> None:
        _, name, self.player = self.scope["path"].split("/")
        self.game = GAMES.setdefault(name, Game(name))
        if len(self.game.players) == 2:
            await self.close(code=4003)
            return
        await self.accept()
        self.game.players.append(self.player)
        await self.channel_layer.group_add(self.game.group, self.channel_name)
        await self.send_json({"players": self.game.players})

    async def receive_json(self, content: Any, **kwargs: Any) -> None:
        if content == {"action": "start"} and self.game.task is None:
            self.game.task = asyncio.create_task(self.game.loop())
        elif content == {"action": "turn"}:
            self.game.ball["dx"] *= -1
            await self.send_json({"turned": self.game.ball["dx"]})

    async def state_update(self, event: dict[str, Any]) -> None:
        await self.send_json(event["ball"])

    async def game_over(self, event: dict[str, Any]) -> None:
        await self.send_json({"over": True}, close=True)

    async def disconnect(self, code: int) -> None:
        if self.player in self.game.players:
            self.game.players.remove(self.player)
        if not self.game.players and self.game.task is not None:
            self.game.task.cancel()


APP = GameConsumer.as_asgi()
PLAY = [
    Connect("ada", "/one/ada"),
    Hear("ada", 2),
    Connect("bob", "/one/bob"),
    Hear("bob", 2),
    Connect("eve", "/one/eve"),
    Hear("eve"),
    Say("bob", {"action": "turn"}),
    Hear("bob"),
    Say("ada", {"action": "start"}),
    Hear("ada bob", 5),
    Leave("ada"),
]
_ROUND = [
    *(said({"x": x, "dx": -1}) for x in (-1, -2, -3)),
    said({"over": True}),
    closed(),
]
HEARD = {
    "ada": [ACCEPT, said({"players": ["ada"]}), *_ROUND],
    "bob": [
        ACCEPT,
        said({"players": ["ada", "bob"]}),
        said({"turned": -1}),
        *_ROUND,
    ],
    "eve": [closed(4003)],
}
