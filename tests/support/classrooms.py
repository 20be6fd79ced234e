"""A right classroom, and for each invariant a wrong one that breaks just it."""

import asyncio
import json
from typing import Any

from minichannels.generic.websocket import AsyncJsonWebsocketConsumer
from minichannels.lab.classroom import Room


class RightClassroom(AsyncJsonWebsocketConsumer):
    """Keeps all in the room; what it sends to the group only says: look."""

    groups = ["classroom"]

    def __init__(self, room: Room) -> None:
        super().__init__()
        self.room = room

    async def connect(self) -> None:
        self.name = self.scope["path"].strip("/")
        self.told = len(self.room.said)
        self.room.present.append(self.name)
        await self.accept()
        await self.ring()

    async def disconnect(self, code: int) -> None:
        self.room.present.remove(self.name)
        await self.ring()

    @classmethod
    async def decode_json(cls, text_data: str) -> Any:
        try:
            return json.loads(text_data)
        except ValueError:
            return {}

    async def receive_json(self, content: Any, **kwargs: Any) -> None:
        if "after" in content:
            self.told = content["after"]
            await self.news()
        if "say" in content:
            await self.say(content["say"])
        if "done" in content:
            await self.solve(content["done"])

    async def say(self, text: str) -> None:
        number = len(self.room.said) + 1
        message = {"number": number, "said": text, "by": self.name}
        self.room.said.append(message)
        await self.ring()

    async def solve(self, exercise: str) -> None:
        self.room.done.setdefault(exercise, set()).add(self.name)
        await self.ring()

    async def ring(self) -> None:
        await self.channel_layer.group_send("classroom", {"type": "news"})

    async def news(self, event: Any = None) -> None:
        while self.told < len(self.room.said):
            self.told += 1
            await self.send_json(self.room.said[self.told - 1])
        await self.send_json({"present": sorted(set(self.room.present))})
        await self.send_json({"board": self.board()})

    def board(self) -> dict[str, int]:
        return {what: len(who) for what, who in self.room.done.items()}


class Answered(RightClassroom):
    """Has three seats; a fourth learner waits for one that nobody gives."""

    async def connect(self) -> None:
        if len(self.room.present) == 3:
            await asyncio.Event().wait()
        await super().connect()


class Welcomed(RightClassroom):
    """Who comes sees the list and the board when the next thing happens."""

    async def connect(self) -> None:
        self.name = self.scope["path"].strip("/")
        self.told = len(self.room.said)
        self.room.present.append(self.name)
        await self.accept()

    async def receive_json(self, content: Any, **kwargs: Any) -> None:
        await super().receive_json(content)
        await self.ring()


class Heard(RightClassroom):
    """Sends the message itself to the group, where a full mailbox loses it."""

    async def say(self, text: str) -> None:
        number = len(self.room.said) + 1
        message = {"number": number, "said": text, "by": self.name}
        self.room.said.append(message)
        await self.channel_layer.group_send(
            "classroom", {"type": "said", "message": message}
        )

    async def said(self, event: Any) -> None:
        self.told = event["message"]["number"]
        await self.send_json(event["message"])

    async def news(self, event: Any = None) -> None:
        if event is not None:
            self.told = len(self.room.said)
        await super().news()


class Once(RightClassroom):
    """The speaker hears it at once, and with all the others again."""

    async def say(self, text: str) -> None:
        await super().say(text)
        await self.send_json(self.room.said[-1])


class Ordered(RightClassroom):
    """Tells the newest first."""

    async def news(self, event: Any = None) -> None:
        new = self.room.said[self.told :]
        self.told = len(self.room.said)
        for message in reversed(new):
            await self.send_json(message)
        await super().news()


class Numbered(RightClassroom):
    """Numbers what is said and what is solved by the same counter."""

    async def connect(self) -> None:
        self.last = self.count()
        await super().connect()

    def count(self) -> int:
        solved = sum(len(who) for who in self.room.done.values())
        return len(self.room.said) + solved

    async def say(self, text: str) -> None:
        message = {"number": self.count() + 1, "said": text, "by": self.name}
        self.room.said.append(message)
        await self.ring()

    async def receive_json(self, content: Any, **kwargs: Any) -> None:
        if "after" in content:
            content = {"after": self.index(content["after"])}
        await super().receive_json(content)

    def index(self, number: int) -> int:
        return sum(each["number"] <= number for each in self.room.said)


class Present(RightClassroom):
    """Takes a name for a connection: who comes back too early is missing."""

    async def disconnect(self, code: int) -> None:
        others = [name for name in self.room.present if name != self.name]
        self.room.present[:] = others
        await self.ring()


class Counted(RightClassroom):
    """Counts how often an exercise was solved, not by how many."""

    async def solve(self, exercise: str) -> None:
        solved = self.room.done.setdefault(exercise, set())
        solved.add(f"{self.name} {len(solved)}")
        await self.ring()


class Alone(RightClassroom):
    """Passes texts on as they are, and whoever reads them fails."""

    async def receive(
        self,
        text_data: str | None = None,
        bytes_data: bytes | None = None,
        **kwargs: Any,
    ) -> None:
        if text_data is not None and text_data[:1] != "{":
            await self.channel_layer.group_send(
                "classroom", {"type": "odd", "text": text_data}
            )
        else:
            await super().receive(text_data, bytes_data)

    async def odd(self, event: Any) -> None:
        try:
            await self.receive_json(json.loads(event["text"]))
        except ValueError:
            await self.disconnect(1011)
            raise


class Gone(RightClassroom):
    """Puts those who have solved something into a group, by old lists."""

    solvers: dict[int, list[str]] = {}

    async def solve(self, exercise: str) -> None:
        await super().solve(exercise)
        solvers = self.solvers.setdefault(id(self.room), [])
        solvers.append(self.channel_name)
        for channel in solvers:
            await self.channel_layer.group_add("solvers", channel)


WRONG: dict[str, type[RightClassroom]] = {
    "answered": Answered,
    "welcomed": Welcomed,
    "heard": Heard,
    "once": Once,
    "ordered": Ordered,
    "numbered": Numbered,
    "present": Present,
    "counted": Counted,
    "alone": Alone,
    "gone": Gone,
}
