"""A game in turns, whose state is kept by blocking code, as in a database."""

import threading
from typing import Any

from minichannels.db import database_sync_to_async
from minichannels.generic.websocket import AsyncJsonWebsocketConsumer
from support.wild import ACCEPT, Connect, Hear, Leave, Say, closed, said

TABLE: dict[str, Any] = {"board": ["."] * 9, "turn": "x", "players": []}
THREADS: set[int] = set()
NOTES: list[Any] = []
LINES = ((0, 1, 2), (3, 4, 5), (6, 7, 8), (0, 4, 8), (2, 4, 6))


class TicTacToe(AsyncJsonWebsocketConsumer):
    groups = ["board"]

    async def connect(self) -> None:
        self.sign: str | None = await database_sync_to_async(self.sit_down)()
        if self.sign is None:
            await self.close(code=4000, reason="full")
        else:
            await self.accept()
            await self.send_json({"you": self.sign})

    def sit_down(self) -> str | None:
        THREADS.add(threading.get_ident())
        free = [s for s in "xo" if s not in TABLE["players"]]
        TABLE["players"] += free[:1]
        return free[0] if free else None

    @database_sync_to_async
    def move(self, cell: int) -> str:
        THREADS.add(threading.get_ident())
        if TABLE["turn"] != self.sign:
            raise ValueError("not your turn")
        if TABLE["board"][cell] != ".":
            raise ValueError("taken")
        TABLE["board"][cell] = self.sign
        TABLE["turn"] = "o" if self.sign == "x" else "x"
        return "".join(TABLE["board"])

    async def receive_json(self, content: Any, **kwargs: Any) -> None:
        try:
            move: Any = self.move  # asgiref's types forget that it is bound
            board = await move(content["cell"])
        except ValueError as error:
            await self.send_json({"error": str(error)})
            return
        won = any(board[a] == board[b] == board[c] != "." for a, b, c in LINES)
        await self.channel_layer.group_send(
            "board",
            {"type": "board.update", "board": board, "won": won},
        )

    async def board_update(self, event: dict[str, Any]) -> None:
        await self.send_json({"board": event["board"]}, close=event["won"])

    async def disconnect(self, code: int) -> None:
        NOTES.append((self.sign, len(THREADS)))


APP = TicTacToe.as_asgi()
PLAY: list[Any] = [
    Connect("x"),
    Hear("x", 2),
    Connect("o"),
    Hear("o", 2),
    Connect("late"),
    Hear("late"),
    Leave("late"),
]
for _name, _cell, _all in [
    ("o", 0, False),
    ("x", 0, True),
    ("o", 0, False),
    ("o", 3, True),
    ("x", 4, True),
    ("o", 6, True),
]:
    PLAY += [Say(_name, {"cell": _cell}), Hear("x o" if _all else _name)]
PLAY += [Say("x", {"cell": 8}), Hear("x o", 2), Leave("x"), Leave("o")]
_BOARDS = [
    said({"board": board})
    for board in (
        "x........",
        "x..o.....",
        "x..ox....",
        "x..ox.o..",
        "x..ox.o.x",
    )
]
HEARD = {
    "x": [ACCEPT, said({"you": "x"}), *_BOARDS, closed()],
    "o": [
        ACCEPT,
        said({"you": "o"}),
        said({"error": "not your turn"}),
        _BOARDS[0],
        said({"error": "taken"}),
        *_BOARDS[1:],
        closed(),
    ],
    "late": [closed(4000, "full")],
}
NOTED = [(None, 1), ("x", 1), ("o", 1)]
